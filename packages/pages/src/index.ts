export { html, type Markup } from './html.ts'
export { type LoginPage, type LoginPart, loginPage } from './login-page.ts'
export { PAGE_HEADERS, type Page, sendPage, wantsPage } from './page.ts'
