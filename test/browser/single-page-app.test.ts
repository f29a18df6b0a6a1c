import { mkdir } from 'node:fs/promises'
import type { Page } from 'playwright-core'
import t, { type Test } from 'tap'
import { clientId } from '../../examples/single-page-app/app.ts'
import { buildPageServer } from '../../examples/single-page-app/page-server.ts'
import { listen } from '../loopback.ts'
import { openBrowser, skip } from './chromium.ts'
import { singlePageApi } from './single-page-api.ts'

/** The page, open in a browser. */
async function openPage(t: Test): Promise<{ page: Page; origin: string; pageOrigin: string }> {
  const { origin, pageOrigin } = await singlePageApi(t)
  await listen(t, await buildPageServer(origin, clientId), pageOrigin)
  const context = await openBrowser(t)
  context.on('console', (message) => {
    if (message.type() === 'error') t.fail(message.text())
  })
  const page = await context.newPage()
  await page.goto(pageOrigin)
  return { page, origin, pageOrigin }
}

const press = async (page: Page, name: string): Promise<void> => page.getByRole('button', { name, exact: true }).click()
const items = async (page: Page): Promise<string[]> => page.locator('#items li').allInnerTexts()
const stored = async (page: Page): Promise<unknown> => page.evaluate('localStorage.length + sessionStorage.length')

t.test('the page of another origin logs in, shows the items, and keeps nothing', { skip }, async (t) => {
  const { page, origin, pageOrigin } = await openPage(t)
  await press(page, 'Log in')
  await page.getByRole('button', { name: 'Ada Lovelace' }).click()
  await page.getByRole('button', { name: 'Allow', exact: true }).waitFor()
  t.equal(new URL(page.url()).origin, origin)
  t.same((await page.innerText('main')).split(/\n+/).slice(0, 4), [
    'Allow Items page?',
    'Items page, an app on this device, wants to act for you.',
    'It asks to:',
    'Read your items'
  ])
  await press(page, 'Allow')
  await page.getByText('These are your items:').waitFor()
  t.same(await items(page), ['a brass key', 'a lantern'])
  t.equal(page.url(), `${pageOrigin}/`, 'the code is not in the address bar')
  t.equal(await stored(page), 0)
  t.same(
    await page
      .context()
      .cookies(`${pageOrigin}/`)
      .then((all) => all.filter(({ httpOnly }) => !httpOnly)),
    []
  )
  await mkdir('.artifacts', { recursive: true })
  await page.screenshot({ path: '.artifacts/single-page-app.png' })

  await page.reload()
  await page.getByText('You are not logged in on this page.').waitFor()
  t.same(await items(page), [])
  t.equal(await stored(page), 0)

  await press(page, 'Log in')
  // The session is remembered. The consent is not: on loopback, any program could be the client.
  await press(page, 'Allow')
  await page.getByText('These are your items:').waitFor()
  t.same(await items(page), ['a brass key', 'a lantern'])
})

t.test('the page says so when the user does not allow it', { skip }, async (t) => {
  const { page, pageOrigin } = await openPage(t)
  await press(page, 'Log in')
  await page.getByRole('button', { name: 'Ada Lovelace' }).click()
  await press(page, 'Do not allow')
  await page.getByText('You did not allow this page to read your items.').waitFor()
  t.equal(page.url(), `${pageOrigin}/`)
  t.equal(await stored(page), 0)
})

t.test('the page does not use a code that it did not ask for', { skip }, async (t) => {
  const { page, origin, pageOrigin } = await openPage(t)
  const tokens: string[] = []
  page.on('request', (request) => {
    if (request.url() === `${origin}/token`) tokens.push(request.url())
  })
  await page.goto(`${pageOrigin}/?code=stolen&state=other&iss=${encodeURIComponent(origin)}`)
  await page.getByText('You are not logged in on this page.').waitFor()
  t.same(tokens, [])
})
