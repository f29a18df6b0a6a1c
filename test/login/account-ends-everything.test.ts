import apiKeys from '@latchkey/api-keys'
import authorizationEndpoint from '@latchkey/authorization-endpoint'
import bearer from '@latchkey/bearer'
import { storeUsers } from '@latchkey/password-login'
import { argon2Passwords } from '@latchkey/passwords'
import { memoryStore } from '@latchkey/store/memory'
import tokenEndpoint, { generateSigningKey } from '@latchkey/token-endpoint'
import type { FastifyInstance } from 'fastify'
import t, { type Test } from 'tap'
import { authorizationUrl, decide, exchange, refresh } from '../authorization/client.ts'
import { app as client } from '../authorization/server.ts'
import { freeOrigin, listen } from '../loopback.ts'
import { type Visitor, visitor } from '../visitor.ts'
import { cookieOf, mailbox, post } from './account.ts'
import { buildServer } from './password-login.ts'

const EMAIL = 'alice@example.com'
const PASSWORD = 'wonderland in winter'
const NEXT_PASSWORD = 'through the looking glass'

interface Site {
  readonly app: FastifyInstance
  readonly origin: string
  readonly tokenOf: ReturnType<typeof mailbox>['tokenOf']
  readonly cookie: string
}

/** A server that also issues tokens and API keys, with the user alice. */
async function served(t: Test): Promise<Site> {
  const origin = await freeOrigin()
  const store = memoryStore()
  const users = storeUsers(store)
  const { sendMail, tokenOf } = mailbox()
  const app = await buildServer({
    origin,
    store,
    permissions: ['items:read'],
    options: {
      loginName: 'email',
      verifyPassword: argon2Passwords({ findUser: users.findUser, storeHash: users.storeHash }),
      account: { users, sendMail, signUp: true, resetPassword: true, changePassword: true, changeEmail: true }
    },
    async after(app) {
      const keys = [await generateSigningKey()]
      await app.register(tokenEndpoint, { issuer: origin, audience: origin, keys, store, clients: [client] })
      await app.register(authorizationEndpoint, { store })
      await app.register(bearer, { issuers: [app.tokenEndpoint] })
      await app.register(apiKeys, { prefix: 'acme', store })
    }
  })
  await listen(t, app, origin)
  const token = await tokenOf(async () => post(app, 'sign-up', { email: EMAIL }))
  const signedUp = await post(app, 'sign-up/link', { token, newPassword: PASSWORD })
  t.equal(signedUp.statusCode, 200)
  return { app, origin, tokenOf, cookie: cookieOf(signedUp) }
}

const ways: readonly [name: string, run: (site: Site) => Promise<unknown>][] = [
  [
    'a reset of the password',
    async ({ app, tokenOf }) => {
      const token = await tokenOf(async () => post(app, 'reset-password', { email: EMAIL }))
      return post(app, 'reset-password/link', { token, newPassword: NEXT_PASSWORD })
    }
  ],
  [
    'a change of the password',
    async ({ app, cookie }) => post(app, 'change-password', { password: PASSWORD, newPassword: NEXT_PASSWORD }, cookie)
  ],
  [
    'a change of the address',
    async ({ app, tokenOf, cookie }) => {
      const token = await tokenOf(async () => post(app, 'change-email', { email: 'new@example.com' }, cookie))
      return post(app, 'change-email/link', { token }, cookie)
    }
  ]
]

for (const [name, run] of ways) {
  t.test(`${name} ends sessions, tokens, codes, consents, API keys and links of the user`, async (t) => {
    const site = await served(t)
    const { app, origin, tokenOf, cookie } = site
    const browser = visitor()
    t.equal(await logIn(browser, origin), 200)
    const code = await allowedCode(browser, origin)
    const tokens = (await exchange(origin, await allowedCode(browser, origin))).body
    const { subject } = (await app.inject({ url: '/me', headers: { cookie } })).json<{ subject: string }>()
    const { key } = await app.apiKeys.create({ subject, name: 'backup', scopes: ['items:read'] })
    const link = await tokenOf(async () => post(app, 'reset-password', { email: EMAIL }))
    const statuses = async () => [
      (await app.inject({ url: '/me', headers: { cookie } })).statusCode,
      (await app.inject({ url: '/me', headers: { authorization: `Bearer ${tokens.access_token}` } })).statusCode,
      (await app.inject({ url: '/me', headers: { 'x-api-key': key } })).statusCode
    ]
    t.same(await statuses(), [200, 200, 200])

    t.equal(((await run(site)) as { statusCode: number }).statusCode, 200)
    t.same(await statuses(), [401, 401, 401])
    t.equal((await refresh(origin, tokens.refresh_token)).body.error, 'invalid_grant')
    t.equal((await exchange(origin, code)).body.error, 'invalid_grant')
    t.same(await app.authorizationEndpoint.consents(subject), [])
    t.equal(new URL((await browser.get(`${origin}/me`)).url).pathname, '/login')
    t.equal(
      (await post(app, 'reset-password/link', { token: link, newPassword: 'yet another password' })).statusCode,
      400
    )
  })
}

/** Logs in with the form, and returns the status of the page where the login ends. */
async function logIn(browser: Visitor, origin: string): Promise<number> {
  const form = { username: EMAIL, password: PASSWORD, returnTo: '/me' }
  return (await browser.post(`${origin}/login/password`, form)).status
}

/** Asks for a code, and allows it if the consent page comes. */
async function allowedCode(browser: Visitor, origin: string): Promise<string> {
  const page = await browser.get(authorizationUrl(origin))
  const { url } = page.text.includes('<form') ? await decide(browser, page) : page
  return new URL(url).searchParams.get('code') ?? ''
}
