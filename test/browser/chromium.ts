import { existsSync } from 'node:fs'
import { type Browser, type BrowserContext, type BrowserContextOptions, chromium, type Page } from 'playwright-core'
import type { Test } from 'tap'

// Headless Shell is the same engine without the windows of a desktop. It takes half the time.
const PROGRAMS = ['/usr/bin/chromium-headless-shell', '/usr/bin/chromium']
const [program] = PROGRAMS.filter((file) => existsSync(file))
export const executablePath = program ?? ''
export const args = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync'
]

/** Why the tests that drive a browser are skipped, or `false` when there is one. */
export const skip: string | false =
  program === undefined ? `needs chromium: there is no ${PROGRAMS.join(' or ')}` : false

/**
 * A profile of its own for a test, which fails when the page reports an error or breaks its own security policy. The tests of a
 * process share one Chromium, because starting one takes seconds.
 */
export async function openBrowser(t: Test, options: BrowserContextOptions = {}): Promise<BrowserContext> {
  users += 1
  t.teardown(leaveBrowser)
  shared ??= launch()
  const context = await (await shared).newContext(options)
  t.teardown(() => context.close())
  context.on('console', (message) => {
    if (message.text().includes('Content Security Policy')) t.fail(message.text())
  })
  context.on('weberror', (error) => t.fail(error.error().message))
  return context
}

/** Milliseconds until an unused Chromium ends. Until then it keeps this process alive. */
const LONGEST_PAUSE = 10_000
let shared: Promise<Browser> | undefined
let users = 0

/** Starts Chromium. If it does not start, or crashes, the next test starts another one. */
function launch(): Promise<Browser> {
  const launched = chromium.launch({ executablePath, args })
  const forget = (): void => {
    if (shared === launched) shared = undefined
  }
  launched.then((browser) => browser.once('disconnected', forget), forget)
  return launched
}

function leaveBrowser(): void {
  users -= 1
  setTimeout(() => {
    if (users > 0) return
    void shared?.then(async (browser) => browser.close())
    shared = undefined
  }, LONGEST_PAUSE)
}

/** Swagger UI at `/docs` of a server, with the Authorize dialog open. */
export async function openAuthorizeDialog(t: Test, origin: string): Promise<Page> {
  const page = await (await openBrowser(t)).newPage()
  await page.goto(`${origin}/docs`)
  await page.click('button.btn.authorize')
  return page
}

/** Fills in the password flow of the Authorize dialog, ticks the scopes, and closes it once there is a token. */
export async function authorizeWithPassword(
  page: Page,
  login: { username: string; password: string; scopes: string[] }
): Promise<void> {
  const form = page.locator('.auth-container', { hasText: 'Flow: password' })
  await form.locator('#oauth_username').fill(login.username)
  await form.locator('#oauth_password').fill(login.password)
  for (const scope of login.scopes) await form.locator(`.scopes label[for*="${scope}"]`).first().click()
  await form.locator('.modal-btn.auth.authorize').click()
  await form.getByText('Logout').waitFor()
  await page.click('button.btn-done')
}

/** Tries an operation, such as `get_items`, and answers the status and the body that the page shows. */
export async function tryOut(
  page: Page,
  name: string,
  payload?: object
): Promise<{ readonly status: string; readonly shown: string }> {
  const operation = page.locator(`#operations-default-${name}`)
  await operation.locator('.opblock-summary-control').click()
  await operation.locator('.try-out__btn').click()
  if (payload) await operation.locator('textarea.body-param__text').fill(JSON.stringify(payload))
  await operation.locator('.execute').click()
  const live = operation.locator('.live-responses-table')
  await live.waitFor()
  return { status: await live.locator('.response-col_status').nth(1).innerText(), shown: await live.innerText() }
}
