import { randomBytes } from 'node:crypto'
import { contains, like } from '@latchkey/exact'
import guard from '@latchkey/guard'
import login from '@latchkey/login'
import openapi from '@latchkey/openapi'
import { memoryStore } from '@latchkey/store/memory'
import passwordLogin, { storeUsers } from '@latchkey/password-login'
import session from '@latchkey/session'
import { sqlStore } from '@latchkey/store/sql'
import Fastify, { type FastifyInstance } from 'fastify'
import t, { type Test } from 'tap'
import { freeOrigin, listen } from '../loopback.ts'
import { standIn } from '../stand-in.ts'
import { visitor } from '../visitor.ts'
import { buildServer, PASSWORD, type Setting } from './password-login.ts'

const alice = { username: 'alice', password: PASSWORD }

async function served(
  t: Test,
  setting: Omit<Setting, 'origin'> = {}
): Promise<{ app: FastifyInstance; origin: string }> {
  const origin = await freeOrigin()
  const app = await buildServer({ origin, ...setting })
  await listen(t, app, origin)
  return { app, origin }
}

t.test('a visitor is sent to the form, logs in, and comes back to the page', async (t) => {
  const { origin } = await served(t)
  const browser = visitor()
  const page = await browser.get(`${origin}/me?a=1`)
  t.equal(page.url, `${origin}/login?returnTo=%2Fme%3Fa%3D1`)
  t.equal(page.status, 200)
  const back = await browser.post(`${origin}/login/password`, { ...alice, returnTo: '/me?a=1' })
  t.equal(back.url, `${origin}/me?a=1`)
  like(t, JSON.parse(back.text), { subject: 'alice', remembered: false })
})

t.test('each login has a new session, and ends the session that the browser had (SEC-126)', async (t) => {
  const { app, origin } = await served(t)
  const browser = visitor()
  const cookie = async () => (await browser.cookies(origin)).get('__Host-session')
  await browser.post(`${origin}/login/password`, { ...alice, username: 'bob' })
  const planted = await cookie()
  await browser.post(`${origin}/login/password`, alice)
  t.not(await cookie(), planted)
  t.same(await app.sessions.list('bob'), [])
  const { statusCode } = await app.inject({ url: '/me', headers: { cookie: `__Host-session=${planted}` } })
  t.equal(statusCode, 401)
  const own = await cookie()
  await browser.post(`${origin}/login/password`, alice)
  t.not(await cookie(), own)
  t.equal((await app.sessions.list('alice')).length, 1)
})

t.test('a page that needs a recent login asks for the password again, and the login is of now', async (t) => {
  let time = Date.now()
  const now = () => time
  const { origin } = await served(t, { now })
  const browser = visitor()
  await browser.post(`${origin}/login/password`, alice)
  t.equal((await browser.get(`${origin}/danger`)).text, 'alice')
  time += 600_000
  const asked = await browser.get(`${origin}/danger`)
  t.equal(asked.url, `${origin}/login?returnTo=%2Fdanger&prompt=login`)
  contains(t, asked.text, '<input type="hidden" name="prompt" value="login">')
  const wrong = await browser.post(`${origin}/login/password`, { ...alice, password: 'x', prompt: 'login' })
  t.equal(wrong.status, 401)
  t.equal(JSON.parse((await browser.get(`${origin}/me`)).text).subject, 'alice', 'the session still exists')
  const again = await browser.post(`${origin}/login/password`, { ...alice, prompt: 'login', returnTo: '/danger' })
  t.equal(again.url, `${origin}/danger`)
  t.equal(again.text, 'alice')
  like(t, JSON.parse((await browser.get(`${origin}/me`)).text), { authenticatedAt: Math.floor(time / 1000) })
})

t.test('another user who answers a fresh login gets a session of their own, and the first session ends', async (t) => {
  const { app, origin } = await served(t)
  const browser = visitor()
  await browser.post(`${origin}/login/password`, alice)
  const bob = { ...alice, username: 'bob', prompt: 'login', returnTo: '/me' }
  like(t, JSON.parse((await browser.post(`${origin}/login/password`, bob)).text), { subject: 'bob' })
  t.same(await app.sessions.list('alice'), [])
})

t.test('remember me survives a restart of the server, and other sessions have a shorter life', async (t) => {
  const file = `${t.testdir()}/sessions.sqlite`
  let time = Date.now()
  const now = () => time
  const open = async () => {
    const store = sqlStore({ file })
    t.teardown(() => store.close())
    await store.migrate()
    const options = { rememberMe: { notRemembered: { idle: 3_600, absolute: 43_200 } } }
    return buildServer({ origin: 'https://app.example.com', store, now, options })
  }
  const log = async (app: FastifyInstance, remember: boolean): Promise<string> => {
    const answer = await app.inject({ method: 'POST', url: '/login/password', payload: { ...alice, remember } })
    const [line = ''] = String(answer.headers['set-cookie']).split(', ')
    t.match(line, /^__Host-session=[\w.-]+; (?:Max-Age=1209600; )?Path=\/; HttpOnly; Secure; SameSite=Lax$/)
    t.equal(line.includes('Max-Age'), remember)
    return line.split(';', 1)[0] ?? ''
  }
  const first = await open()
  const [kept, short] = [await log(first, true), await log(first, false)]
  await first.close()
  time += 3_601_000
  const second = await open()
  t.teardown(() => second.close())
  const status = async (cookie: string) => (await second.inject({ url: '/me', headers: { cookie } })).statusCode
  t.equal(await status(kept), 200)
  t.equal(await status(short), 401)
  t.equal((await second.sessions.list('alice')).length, 1)
})

type AddLogin = (app: FastifyInstance) => Promise<unknown>

const inChild =
  (addLogin: AddLogin): AddLogin =>
  async (app) =>
    app.register(async (child) => {
      await addLogin(child)
    })

const orders: [title: string, settingWith: (addLogin: AddLogin) => Omit<Setting, 'origin'>][] = [
  ['login is first', (before) => ({ before })],
  ['password-login is first', (after) => ({ after })],
  ['login is first, in a child context', (addLogin) => ({ before: inChild(addLogin) })],
  ['login is in a child context', (addLogin) => ({ after: inChild(addLogin) })],
  ['password-login is first, in a child context', (after) => ({ after, isChild: true })],
  ['password-login is in a child context', (before) => ({ before, isChild: true })]
]

for (const [title, settingWith] of orders) {
  t.test(`the page of the providers has the form when ${title}`, async (t) => {
    const store = memoryStore()
    const providers = [(await standIn(t, 'discord')).provider]
    const setting = { store, ...settingWith(async (app) => app.register(login, { store, providers })) }
    const { origin } = await served(t, setting)
    const browser = visitor()
    const page = await browser.get(`${origin}/login?returnTo=/me`)
    t.equal(page.status, 200)
    contains(t, page.text, '<form method="post" action="/login/password">')
    contains(t, page.text, '<a class="button discord" href="/login/discord?returnTo=%2Fme">')
    contains(t, page.text, 'Log in with Discord</a>')
    t.ok(page.text.indexOf('<form') < page.text.indexOf('<a class'))
    const wrong = await browser.post(`${origin}/login/password`, {
      username: 'alice',
      password: 'x',
      returnTo: '/me',
      prompt: 'login'
    })
    t.equal(wrong.status, 401)
    contains(t, wrong.text, 'href="/login/discord?returnTo=%2Fme&#38;prompt=login"')
    like(t, JSON.parse((await browser.post(`${origin}/login/password`, { ...alice, returnTo: '/me' })).text), {
      subject: 'alice'
    })
    const ada = await visitor().logIn(`${origin}/login/discord?returnTo=/me`, 'ada')
    like(t, JSON.parse(ada.text), { remembered: true, claims: { idp: 'discord' } })
  })
}

t.test('the OpenAPI document has the login with its bodies and answers', async (t) => {
  const app = Fastify()
  t.teardown(() => app.close())
  await app.register(openapi, { openapi: { info: { title: 'Shop', version: '1' } } })
  await app.register(async (child) => {
    const store = memoryStore()
    await child.register(guard)
    await child.register(session, {
      secrets: ['bm90IGEgc2VjcmV0OiBvbmx5IHRlc3RzIHVzZSBpdCE='],
      store,
      origin: 'https://a.example'
    })
    await child.register(passwordLogin, { store, verifyPassword: async () => null })
  })
  await app.ready()
  const { paths = {} } = app.swagger() as { paths?: Record<string, Record<string, unknown>> }
  t.same(Object.keys(paths), ['/login/password'])
  like(t, paths['/login/password'], {
    post: {
      tags: ['Login'],
      summary: 'Log in with a password',
      security: [],
      requestBody: {
        content: {
          'application/json': { schema: { required: ['username', 'password'] } },
          'application/x-www-form-urlencoded': { schema: { required: ['username', 'password'] } }
        }
      },
      responses: { 200: {}, 303: {}, 400: {}, 401: {}, 403: {}, 429: {}, 503: {} }
    }
  })
})

t.test('the OpenAPI document has the routes of the account, and which of them need a session', async (t) => {
  const app = Fastify()
  t.teardown(() => app.close())
  await app.register(openapi, { openapi: { info: { title: 'Shop', version: '1' } } })
  const store = memoryStore()
  const users = storeUsers(store)
  const routes = { signUp: true, verifyEmail: true, resetPassword: true, changePassword: true, changeEmail: true }
  await app.register(guard)
  await app.register(session, { secrets: [randomBytes(32).toString('base64url')], store, origin: 'https://a.example' })
  const account = { users, sendMail: async () => undefined, ...routes }
  await app.register(passwordLogin, { store, verifyPassword: async () => null, account })
  await app.ready()
  const document: unknown = app.swagger()
  const { paths = {} } = document as { paths?: Record<string, Record<string, { security: object[] }>> }
  const found = Object.entries(paths).map(([path, { post, ...others }]) => [path, post?.security, Object.keys(others)])
  const [open, closed] = [[], [{ session: [] }]]
  t.same(found, [
    ['/login/password', open, []],
    ['/login/sign-up', open, []],
    ['/login/sign-up/link', open, []],
    ['/login/reset-password', open, []],
    ['/login/reset-password/link', open, []],
    ['/login/verify-email/link', open, []],
    ['/login/change-password', closed, []],
    ['/login/change-email', closed, []],
    ['/login/change-email/link', closed, []]
  ])
  like(t, paths['/login/sign-up/link'], {
    post: {
      summary: 'Sign up: create the account',
      requestBody: {
        content: { 'application/json': { schema: { required: ['token', 'username', 'newPassword'] } } }
      },
      responses: { 200: {}, 303: {}, 400: {}, 403: {}, 429: {}, 503: {} }
    }
  })
})
