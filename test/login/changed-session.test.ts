import { contains } from '@latchkey/exact'
import { everyone } from '@latchkey/guard'
import { storeUsers } from '@latchkey/password-login'
import { argon2Passwords } from '@latchkey/passwords'
import type { SignIn } from '@latchkey/session'
import { memoryStore } from '@latchkey/store/memory'
import type { FastifyInstance, LightMyRequestResponse } from 'fastify'
import t, { type Test } from 'tap'
import { cookieOf, mailbox, post } from './account.ts'
import { buildServer } from './password-login.ts'

const ORIGIN = 'https://app.example.com'
const PASSWORD = 'wonderland in winter'
const NEXT_PASSWORD = 'through the looking glass'
const UPSTREAM = { issuer: 'https://id.example.com', sid: 'sid-1' }
/** 2030-01-01 */
const START = 1_893_456_000

interface Site {
  readonly app: FastifyInstance
  /** The cookie of a session that the application has started, with less than a login gives. */
  readonly cookie: string
  readonly subject: string
  readonly clock: { seconds: number }
  readonly changes: { email(): Promise<LightMyRequestResponse>; password(): Promise<LightMyRequestResponse> }
}

/** A server whose application signs users in itself. Its clock stands still until a test moves it. */
async function served(t: Test, more: Partial<SignIn> = {}, onLogin?: () => object): Promise<Site> {
  const clock = { seconds: START }
  const now = () => clock.seconds * 1000
  const store = memoryStore({ now })
  const users = storeUsers(store)
  const { sendMail, tokenOf } = mailbox()
  const app = await buildServer({
    origin: ORIGIN,
    store,
    now,
    permissions: ['items:read', 'items:write', 'admin'],
    roles: { reader: ['items:read'], writer: ['items:read', 'items:write'] },
    options: {
      loginName: 'email',
      verifyPassword: argon2Passwords({ findUser: users.findUser, storeHash: users.storeHash }),
      account: { users, sendMail, signUp: true, changePassword: true, changeEmail: true },
      onLogin
    },
    async after(app) {
      app.post<{ Body: SignIn }>('/sign-in', { config: { access: everyone } }, async ({ body }, reply) =>
        reply.signIn(body)
      )
      app.get('/scopes', { config: { access: everyone } }, async ({ principalIfAny }) => [
        ...(principalIfAny?.scopes ?? [])
      ])
    }
  })
  t.teardown(() => app.close())
  const token = await tokenOf(async () => post(app, 'sign-up', { email: 'alice@example.com' }))
  const signedUp = await post(app, 'sign-up/link', { token, newPassword: PASSWORD })
  const { subject } = signedUp.json<{ readonly subject: string }>()
  const headers = { 'sec-fetch-site': 'same-origin' }
  const cookie = cookieOf(
    await app.inject({ method: 'POST', url: '/sign-in', headers, payload: { subject, upstream: UPSTREAM, ...more } })
  )
  return {
    app,
    cookie,
    subject,
    clock,
    changes: {
      async email() {
        const link = await tokenOf(async () => post(app, 'change-email', { email: 'new@example.com' }, cookie))
        return post(app, 'change-email/link', { token: link }, cookie)
      },
      password: async () => post(app, 'change-password', { password: PASSWORD, newPassword: NEXT_PASSWORD }, cookie)
    }
  }
}

async function seen(app: FastifyInstance, url: string, cookie: string): Promise<unknown> {
  const answer = await app.inject({ url, headers: { cookie } })
  return answer.statusCode === 200 ? answer.json() : answer.statusCode
}

for (const change of ['email', 'password'] as const) {
  t.test(`a change of the ${change} gives the session a new identifier, and changes nothing else of it`, async (t) => {
    const onLogin = () => ({ scopes: ['admin'], claims: { promoted: true } })
    const lifetime = { idle: 600, absolute: 3600, remembered: false }
    const { app, cookie, subject, clock, changes } = await served(
      t,
      { claims: { actor: 'support' }, scopes: ['items:read'], label: 'Her phone', lifetime },
      onLogin
    )
    clock.seconds += 100
    const before = (await seen(app, '/me', cookie)) as { readonly id: string }
    const changed = await changes[change]()
    t.equal(changed.statusCode, 200)
    t.notOk(/Max-Age|Expires/.test(String(changed.headers['set-cookie'])), 'the browser forgets it when it is closed')
    t.equal(await seen(app, '/me', cookie), 401)
    const after = (await seen(app, '/me', cookieOf(changed))) as { readonly id: string }
    t.not(after.id, before.id)
    t.same(after, {
      id: after.id,
      subject,
      label: 'Her phone',
      createdAt: START,
      lastSeenAt: START + 100,
      expiresAt: START + 3600,
      // The password was verified.
      authenticatedAt: change === 'password' ? START + 100 : START,
      scopes: {},
      claims: { actor: 'support' },
      remembered: false,
      upstream: UPSTREAM
    })
    t.same(await seen(app, '/scopes', cookieOf(changed)), ['items:read'])
    t.equal((await app.sessions.list(subject)).length, 1)
  })

  t.test(`the roles of a session restrict it after a change of the ${change}`, async (t) => {
    const { app, cookie, changes } = await served(t, { roles: ['reader'] })
    t.same(await seen(app, '/scopes', cookie), ['items:read'])
    t.same(await seen(app, '/scopes', cookieOf(await changes[change]())), ['items:read'])
  })

  t.test(`a session without roles is not restricted after a change of the ${change}`, async (t) => {
    const { app, cookie, changes } = await served(t)
    const all = ['items:read', 'items:write', 'admin']
    t.same(await seen(app, '/scopes', cookie), all)
    t.same(await seen(app, '/scopes', cookieOf(await changes[change]())), all)
  })

  t.test(`a session ends with that of its provider after a change of the ${change}`, async (t) => {
    const { app, changes } = await served(t)
    const cookie = cookieOf(await changes[change]())
    await app.sessions.revokeUpstream(UPSTREAM)
    t.equal(await seen(app, '/me', cookie), 401)
  })

  t.test(`after a change of the ${change}, a session ends when its own lifetimes are over (SEC-127)`, async (t) => {
    const lifetime = { idle: 300, absolute: 600 }
    const idle = await served(t, { lifetime })
    const unused = cookieOf(await idle.changes[change]())
    idle.clock.seconds += 300
    t.equal(await seen(idle.app, '/me', unused), 401)
    const absolute = await served(t, { lifetime })
    absolute.clock.seconds += 290
    t.same(await seen(absolute.app, '/scopes', absolute.cookie), ['items:read', 'items:write', 'admin'])
    const changed = await absolute.changes[change]()
    contains(t, String(changed.headers['set-cookie']), '; Max-Age=310;')
    absolute.clock.seconds += 290
    t.same(await seen(absolute.app, '/scopes', cookieOf(changed)), ['items:read', 'items:write', 'admin'])
    absolute.clock.seconds += 20
    t.equal(await seen(absolute.app, '/me', cookieOf(changed)), 401)
  })
}

t.test('a change of the address keeps the time of the login unknown', async (t) => {
  const { app, changes } = await served(t, { authenticatedAt: null })
  const session = (await seen(app, '/me', cookieOf(await changes.email()))) as { readonly authenticatedAt: unknown }
  t.equal(session.authenticatedAt, null)
})
