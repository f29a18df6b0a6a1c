import { randomBytes } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import type { Provider } from '@latchkey/login'
import { memoryStore } from '@latchkey/store/memory'
import type { Page } from 'playwright-core'
import t, { type Test } from 'tap'
import { contains, like } from '@latchkey/exact'
import { build as basic } from '../../examples/basic/app.ts'
import { build as permissions } from '../../examples/providers-and-permissions/app.ts'
import { build as sessions } from '../../examples/sessions/app.ts'
import { build as showcase } from '../../examples/showcase/app.ts'
import { freeOrigin, listen } from '../loopback.ts'
import { standIn } from '../stand-in.ts'
import { openBrowser, skip } from './chromium.ts'

const sessionSecret = randomBytes(32).toString('base64url')
const keySecret = randomBytes(32).toString('base64url')

const discordHere = async (t: Test): Promise<Provider> => (await standIn(t, 'discord')).provider
const googleHere = async (t: Test): Promise<Provider> => (await standIn(t, 'google')).provider
const pick = async (page: Page, name: string): Promise<void> => page.getByRole('button', { name }).click()

t.test('basic shows the tokens in the browser', { skip }, async (t) => {
  const origin = await freeOrigin()
  await listen(t, await basic({ origin, loginSecret: sessionSecret, provider: await discordHere(t) }), origin)
  const page = await (await openBrowser(t)).newPage()
  await page.goto(`${origin}/login`)
  await pick(page, 'Ada Lovelace')
  await page.waitForURL(`${origin}/auth?**`)
  like(t, JSON.parse(await page.innerText('body')), { token_type: 'Bearer', refresh_token: String })
})

t.test(
  'sessions sends a visitor to the login, logs the visitor in, shows the profile and logs out',
  { skip },
  async (t) => {
    const origin = await freeOrigin()
    const given = { origin, sessionSecret, provider: await discordHere(t), store: memoryStore() }
    await listen(t, await sessions(given), origin)
    const page = await (await openBrowser(t)).newPage()
    await page.goto(`${origin}/privileged`)
    await pick(page, 'Grace Hopper')
    await page.waitForURL(`${origin}/privileged`)
    contains(t, await page.innerText('body'), 'Congratulations')
    await page.goto(`${origin}/users/me`)
    contains(t, await page.innerText('body'), 'Grace Hopper')
    await page.goto(`${origin}/logout`)
    await pick(page, 'Log out')
    await page.waitForURL(`${origin}/`)
    await page.goto(`${origin}/privileged`)
    await page.getByRole('button', { name: 'Grace Hopper' }).waitFor()
  }
)

t.test('two concurrent logins at two providers in two tabs return to their own pages (SEC-97)', { skip }, async (t) => {
  const origin = await freeOrigin()
  const store = memoryStore()
  const providers = [await discordHere(t), await googleHere(t)]
  await listen(t, await permissions({ origin, sessionSecret, keySecret, providers, store }), origin)
  const browser = await openBrowser(t)
  const [one, two] = [await browser.newPage(), await browser.newPage()]

  await one.goto(`${origin}/login?returnTo=/account`)
  await two.goto(`${origin}/login?returnTo=/users/me`)
  await one.getByRole('link', { name: 'Log in with Discord' }).click()
  await two.getByRole('link', { name: 'Sign in with Google' }).click()
  await one.getByRole('button', { name: 'Grace Hopper' }).waitFor()
  await two.getByRole('button', { name: 'Ada Lovelace' }).waitFor()

  await pick(one, 'Grace Hopper')
  await one.waitForURL(`${origin}/account`)
  contains(t, await one.innerText('body'), 'Grace Hopper')
  await pick(two, 'Ada Lovelace')
  await two.waitForURL(`${origin}/users/me`)
  like(t, JSON.parse(await two.innerText('body')), { profile: { name: 'Ada Lovelace' } })
})

t.test('the account page links an identity, ends a session and logs out', { skip }, async (t) => {
  const origin = await freeOrigin()
  const providers = [await discordHere(t), await googleHere(t)]
  await listen(t, await permissions({ origin, sessionSecret, keySecret, providers, store: memoryStore() }), origin)
  const page = await (await openBrowser(t)).newPage()
  await page.goto(`${origin}/account`)
  await page.getByRole('link', { name: 'Log in with Discord' }).click()
  await pick(page, 'Grace Hopper')
  await page.waitForURL(`${origin}/account`)
  await pick(page, 'Link Google')
  await pick(page, 'Grace Hopper')
  await page.waitForURL(`${origin}/account`)
  t.equal(await page.getByRole('button', { name: /^Unlink/ }).count(), 2)
  await mkdir('.artifacts', { recursive: true })
  await page.screenshot({ path: '.artifacts/account-page.png', fullPage: true })
  await pick(page, 'Unlink google')
  await page.getByRole('button', { name: 'Link Google' }).waitFor()
  await pick(page, 'End')
  await page.waitForURL(`${origin}/login?returnTo=%2Faccount`)
})

t.test('the Execute button of Swagger UI works with a session of the showcase', { skip }, async (t) => {
  const origin = await freeOrigin()
  await listen(t, await showcase(origin, { providers: [await discordHere(t), await googleHere(t)] }), origin)
  const page = await (await openBrowser(t)).newPage()
  await page.goto(origin)
  await page.getByRole('link', { name: 'Log in', exact: true }).click()
  await page.getByRole('link', { name: 'Sign in with Google' }).click()
  await pick(page, 'Ada Lovelace')
  await page.waitForURL(`${origin}/`)
  await page.goto(`${origin}/me`)
  like(t, JSON.parse(await page.innerText('body')), { scopes: ['items:read'] })
})
