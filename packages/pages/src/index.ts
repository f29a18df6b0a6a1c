export { html, type Markup } from './html.ts'
export { PAGE_HEADERS, type Page, sendPage, wantsPage } from './page.ts'
