import authorizationEndpoint from '@latchkey/authorization-endpoint'
import { contains, like } from '@latchkey/exact'
import { everyone } from '@latchkey/guard'
import { memoryStore } from '@latchkey/store/memory'
import tokenEndpoint, { generateSigningKey } from '@latchkey/token-endpoint'
import Fastify from 'fastify'
import { chromium, type Page } from 'playwright-core'
import t, { type Test } from 'tap'
import { authorizationUrl } from '../authorization/client.ts'
import { app as photoApp } from '../authorization/server.ts'
import { freeOrigin, listen } from '../loopback.ts'
import { buildServer, PASSWORD } from '../login/password-login.ts'
import { args, executablePath, openBrowser, skip } from './chromium.ts'

// Browsers take their time on a busy machine.
t.setTimeout(300_000)

async function served(t: Test): Promise<string> {
  const origin = await freeOrigin()
  const app = await buildServer({
    origin,
    async after(app) {
      app.get('/', { config: { access: everyone } }, async (_request, reply) => reply.type('text/html').send('home'))
    }
  })
  await listen(t, app, origin)
  return origin
}

async function fill(page: Page, password: string, username = 'alice'): Promise<void> {
  await page.getByLabel('User name').fill(username)
  await page.getByLabel('Password').fill(password)
}

for (const javaScriptEnabled of [true, false]) {
  t.test(
    `the form works ${javaScriptEnabled ? 'with' : 'without'} JavaScript, with an error and then a login`,
    { skip },
    async (t) => {
      const origin = await served(t)
      const page = await (await openBrowser(t, { javaScriptEnabled })).newPage()
      await page.goto(`${origin}/me`)
      await fill(page, 'wrong')
      await page.getByRole('button', { name: 'Log in' }).click()
      await page.getByRole('alert').waitFor()
      t.equal(page.url(), `${origin}/login/password`)
      t.equal(await page.getByRole('alert').innerText(), 'The name or the password is wrong.')
      t.equal(await page.getByLabel('User name').inputValue(), 'alice')
      t.equal(await page.getByLabel('Password').inputValue(), '')
      t.equal(await page.getByLabel('Password').getAttribute('aria-describedby'), 'form-fault')
      t.equal(await page.locator(':focus').getAttribute('name'), 'password')
      await page.keyboard.type(PASSWORD)
      await page.keyboard.press('Enter')
      await page.waitForURL(`${origin}/me`)
      contains(t, await page.innerText('body'), '"subject":"alice"')
    }
  )
}

for (const colorScheme of ['light', 'dark'] as const) {
  t.test(`the page has the ${colorScheme} colours of the system`, { skip }, async (t) => {
    const origin = await served(t)
    const page = await (await openBrowser(t, { colorScheme })).newPage()
    await page.goto(`${origin}/login`)
    const background = await page.evaluate<string>('getComputedStyle(document.documentElement).backgroundColor')
    t.equal(background, colorScheme === 'light' ? 'rgb(255, 255, 255)' : 'rgb(22, 22, 22)')
    const box = await page.getByRole('checkbox', { name: 'Stay logged in' }).boundingBox()
    t.ok(box && box.width < 40, 'the checkbox is as small as a checkbox')
  })
}

t.test('a session stays when the browser is closed and opened again, if the user wanted it', { skip }, async (t) => {
  const origin = await served(t)
  for (const remembered of [true, false]) {
    const profile = `${t.testdir({ [`profile-${remembered}`]: {} })}/profile-${remembered}`
    const first = await chromium.launchPersistentContext(profile, { executablePath, args })
    const page = await first.newPage()
    await page.goto(`${origin}/login?returnTo=/me`)
    await fill(page, PASSWORD)
    if (remembered) await page.getByLabel('Stay logged in').check()
    await page.getByRole('button', { name: 'Log in' }).click()
    await page.waitForURL(`${origin}/me`)
    const [cookie] = await first.cookies(origin)
    like(t, cookie, { name: '__Host-session', httpOnly: true, secure: true, expires: remembered ? Number : -1 })
    await first.close()

    const second = await chromium.launchPersistentContext(profile, { executablePath, args })
    t.equal((await second.cookies(origin)).length, remembered ? 1 : 0)
    const again = await second.newPage()
    await again.goto(`${origin}/me`)
    t.equal(new URL(again.url()).pathname, remembered ? '/me' : '/login')
    await second.close()
  }
})

t.test('a page of another origin cannot log the browser in, by a form or a script (SEC-135)', { skip }, async (t) => {
  const origin = await served(t)
  const evil = await freeOrigin()
  const attacker = Fastify()
  attacker.get('/', async (_request, reply) =>
    reply.type('text/html').send(`<form method="post" action="${origin}/login/password">
<input name="username" value="bob"><input name="password" value="${PASSWORD}"><button>A prize</button></form>`)
  )
  await listen(t, attacker, evil)
  for (const from of [evil, evil.replace('localhost', '127.0.0.1')]) {
    const context = await openBrowser(t)
    const page = await context.newPage()
    if (from.includes('127.0.0.1')) await page.setContent(await (await fetch(evil)).text())
    else await page.goto(from)
    const [answer] = await Promise.all([
      page.waitForResponse(`${origin}/login/password`),
      page.getByRole('button', { name: 'A prize' }).click()
    ])
    t.equal(answer.status(), 403)
    contains(t, await page.getByRole('alert').innerText(), 'This request came from another site.')
    t.same(await context.cookies(origin), [])
  }
  const context = await openBrowser(t)
  const page = await context.newPage()
  await page.goto(evil)
  const sent = await page.evaluate(
    async ([url = '', password = '']) =>
      fetch(url, {
        method: 'POST',
        mode: 'no-cors',
        credentials: 'include',
        headers: { 'content-type': 'text/plain' },
        body: JSON.stringify({ username: 'bob', password })
      }).then(({ type }) => type),
    [`${origin}/login/password`, PASSWORD]
  )
  t.equal(sent, 'opaque')
  t.same(await context.cookies(origin), [])
  await page.goto(`${origin}/me`)
  t.equal(new URL(page.url()).pathname, '/login')
})

t.test('a login may end at a client of another origin, which form-action would prevent', { skip }, async (t) => {
  const [origin, client] = [await freeOrigin(), await freeOrigin()]
  const receiver = Fastify()
  receiver.get('/callback', async (_request, reply) => reply.type('text/html').send('the client'))
  await listen(t, receiver, client)
  const store = memoryStore()
  const clients = [{ ...photoApp, isFirstParty: true, redirectUris: [`${client}/callback`] }]
  const app = await buildServer({
    origin,
    store,
    permissions: ['items:read'],
    async after(app) {
      const keys = [await generateSigningKey()]
      await app.register(tokenEndpoint, { issuer: origin, audience: origin, keys, store, clients })
      await app.register(authorizationEndpoint, { store })
    }
  })
  await listen(t, app, origin)
  const page = await (await openBrowser(t)).newPage()
  await page.goto(authorizationUrl(origin, { redirect_uri: `${client}/callback` }))
  await fill(page, PASSWORD)
  await page.getByRole('button', { name: 'Log in' }).click()
  await page.waitForURL(`${client}/callback?**`)
  t.match(new URL(page.url()).searchParams.get('code'), /^[\w-]{43}$/)
})
