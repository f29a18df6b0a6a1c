import { randomBytes } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import { memoryStore } from '@latchkey/store/memory'
import type { Locator, Page } from 'playwright-core'
import t, { type Test } from 'tap'
import { contains } from '@latchkey/exact'
import { build as permissions } from '../../examples/providers-and-permissions/app.ts'
import { build as showcase } from '../../examples/showcase/app.ts'
import { freeOrigin, listen } from '../loopback.ts'
import { standIn } from '../stand-in.ts'
import { openAuthorizeDialog, skip, tryOut } from './chromium.ts'

// Browsers take their time on a busy machine.
t.setTimeout(300_000)

/** Swagger UI of the showcase, with the code flow of its Authorize dialog. */
interface Docs {
  readonly page: Page
  readonly form: Locator
  /** Presses Authorize with a scope, and returns the window that opens. */
  authorize(scope: string): Promise<Page>
}

async function docs(t: Test): Promise<Docs> {
  const { provider } = await standIn(t, 'discord')
  const origin = await freeOrigin()
  await listen(t, await showcase(origin, { providers: [provider] }), origin)
  return openDocs(t, origin)
}

async function openDocs(t: Test, origin: string): Promise<Docs> {
  const page = await openAuthorizeDialog(t, origin)
  page.context().on('console', (message) => {
    if (message.type() === 'error') t.fail(message.text())
  })
  const form = page.locator('.auth-container', { hasText: 'Flow: authorizationCode' })
  return {
    page,
    form,
    async authorize(scope) {
      await form.locator(`.scopes label[for*="${scope}"]`).first().click()
      const [popup] = await Promise.all([page.waitForEvent('popup'), form.locator('.modal-btn.auth.authorize').click()])
      return popup
    }
  }
}

/** Logs in at Discord, from the page that also has the form. */
async function logInAsAda(popup: Page): Promise<void> {
  await popup.getByRole('link', { name: 'Log in with Discord' }).click()
  await popup.getByRole('button', { name: 'Ada Lovelace' }).click()
}

/** Whether a page is wider than its window. */
async function scrollsSideways(page: Page): Promise<unknown> {
  return page.evaluate('document.documentElement.scrollWidth > document.documentElement.clientWidth')
}

t.test('the Authorize dialog offers the browser first and passwords second', { skip }, async (t) => {
  const { page } = await docs(t)
  const titles = await page.locator('.auth-container h4').allInnerTexts()
  t.same(
    titles.map((title) => title.replaceAll(/\s+/g, ' ').trim()),
    [
      'oauth2 (OAuth2, authorizationCode with PKCE)',
      'oauth2 (OAuth2, password)',
      'bearerAuth (http, Bearer)',
      'session (apiKey)'
    ]
  )
})

t.test('Swagger UI logs in with the browser, after a login with Discord and a consent', { skip }, async (t) => {
  const { page, form, authorize } = await docs(t)
  const popup = await authorize('items:read')
  await logInAsAda(popup)

  const allow = popup.getByRole('button', { name: 'Allow', exact: true })
  await allow.waitFor()
  t.equal(await popup.title(), 'Allow Latchkey showcase?')
  t.same((await popup.innerText('main')).split(/\n+/), [
    'Allow Latchkey showcase?',
    'Latchkey showcase, an app on this device, wants to act for you.',
    'It asks to:',
    'Read items',
    'Allow',
    'Do not allow',
    'You are logged in as Ada Lovelace. Log in as somebody else'
  ])
  await mkdir('.artifacts', { recursive: true })
  await popup.screenshot({ path: '.artifacts/consent.png' })
  await popup.setViewportSize({ width: 320, height: 640 })
  t.equal(await scrollsSideways(popup), false)
  await popup.screenshot({ path: '.artifacts/consent-narrow.png' })

  await Promise.all([popup.waitForEvent('close'), allow.click()])
  await form.getByText('Logout').waitFor()
  await page.click('button.btn-done')
  const { status, shown } = await tryOut(page, 'get_items')
  t.match(status, /^200/)
  contains(t, shown, 'a brass key')
})

t.test('Swagger UI gets only the scopes that the session may have', { skip }, async (t) => {
  const { page, form, authorize } = await docs(t)
  await form.locator('.scopes label[for*="items:write"]').first().click()
  const popup = await authorize('items:read')
  await logInAsAda(popup)
  const allow = popup.getByRole('button', { name: 'Allow', exact: true })
  await allow.waitFor()
  t.same(await popup.locator('li').allInnerTexts(), ['Read items'])
  const answer = page.waitForResponse(/\/token$/)
  await Promise.all([popup.waitForEvent('close'), allow.click()])
  t.equal(((await (await answer).json()) as { scope: string }).scope, 'items:read')
})

t.test('Swagger UI logs in with the browser and a password, and gets the scopes of the user', { skip }, async (t) => {
  const { page, form, authorize } = await docs(t)
  await form.locator('.scopes label[for*="items:write"]').first().click()
  const popup = await authorize('items:read')
  await popup.getByLabel('User name').fill('alice')
  await popup.getByLabel('Password').fill('wonderland')
  await popup.getByRole('button', { name: 'Log in', exact: true }).click()
  const allow = popup.getByRole('button', { name: 'Allow', exact: true })
  await allow.waitFor()
  contains(t, await popup.innerText('main'), 'You are logged in as Alice.')
  const answer = page.waitForResponse(/\/token$/)
  await Promise.all([popup.waitForEvent('close'), allow.click()])
  t.equal(((await (await answer).json()) as { scope: string }).scope, 'items:write items:read')
})

t.test('Swagger UI shows an error when the user does not allow it', { skip }, async (t) => {
  const { form, authorize } = await docs(t)
  const popup = await authorize('items:read')
  await logInAsAda(popup)
  const deny = popup.getByRole('button', { name: 'Do not allow' })
  await deny.waitFor()
  await Promise.all([popup.waitForEvent('close'), deny.click()])
  t.equal(
    (await form.locator('.errors').innerText()).replaceAll(/\s+/g, ' ').trim(),
    'Auth Error[access_denied]: The user refused.'
  )
})

t.test('the account page lists an app with access, and withdraws it', { skip }, async (t) => {
  const { provider } = await standIn(t, 'google')
  const origin = await freeOrigin()
  const app = await permissions({
    origin,
    providers: [provider],
    sessionSecret: randomBytes(32).toString('base64url'),
    keySecret: randomBytes(32).toString('base64url'),
    store: memoryStore(),
    firstAdmin: { provider: 'google', subject: '110169484474386276334' }
  })
  await listen(t, app, origin)
  const { page, form, authorize } = await openDocs(t, origin)
  const popup = await authorize('admin')
  await popup.getByRole('button', { name: 'Ada Lovelace' }).click()
  const allow = popup.getByRole('button', { name: 'Allow', exact: true })
  await allow.waitFor()
  await Promise.all([popup.waitForEvent('close'), allow.click()])
  await form.getByText('Logout').waitFor()
  await page.click('button.btn-done')
  t.match((await tryOut(page, 'get_admin')).status, /^200/)

  const account = await page.context().newPage()
  await account.goto(`${origin}/account`)
  const row = account.getByRole('row', { name: 'Documentation' })
  t.same(await row.locator('td').allInnerTexts(), ['Documentation', 'admin', 'Withdraw'])
  await account.screenshot({ path: '.artifacts/account-apps.png' })
  await row.getByRole('button', { name: 'Withdraw' }).click()
  await account.getByText('None.').waitFor()
  t.equal(await row.count(), 0)
})
