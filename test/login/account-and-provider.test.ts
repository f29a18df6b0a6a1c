import { like } from '@latchkey/exact'
import login from '@latchkey/login'
import { storeUsers } from '@latchkey/password-login'
import { argon2Passwords } from '@latchkey/passwords'
import { memoryStore } from '@latchkey/store/memory'
import type { FastifyInstance } from 'fastify'
import t, { type Test } from 'tap'
import { freeOrigin, listen } from '../loopback.ts'
import { standIn } from '../stand-in.ts'
import { type Visitor, visitor } from '../visitor.ts'
import { mailbox, post } from './account.ts'
import { buildServer } from './password-login.ts'

const PASSWORD = 'wonderland in winter'

interface Site {
  readonly app: FastifyInstance
  readonly origin: string
  readonly tokenOf: ReturnType<typeof mailbox>['tokenOf']
}

/** A server where people log in with a password and with Discord, and whose accounts are those of the store. */
async function served(t: Test): Promise<Site> {
  const { provider } = await standIn(t, 'discord')
  const origin = await freeOrigin()
  const store = memoryStore()
  const users = storeUsers(store)
  const { sendMail, tokenOf } = mailbox()
  const app = await buildServer({
    origin,
    store,
    options: {
      loginName: 'email',
      verifyPassword: argon2Passwords({ findUser: users.findUser, storeHash: users.storeHash }),
      account: { users, sendMail, signUp: true, resetPassword: true, changeEmail: true }
    },
    after: async (app) => app.register(login, { store, providers: [provider] })
  })
  await listen(t, app, origin)
  return { app, origin, tokenOf }
}

async function signUp({ app, tokenOf, origin }: Site, email: string): Promise<Visitor> {
  const token = await tokenOf(async () => post(app, 'sign-up', { email }))
  const browser = visitor()
  await browser.post(`${origin}/login/sign-up/link`, { token, newPassword: PASSWORD })
  return browser
}

async function subjectOf(browser: Visitor, { origin }: Site): Promise<string> {
  const { text } = await browser.get(`${origin}/me`)
  return (JSON.parse(text) as { readonly subject: string }).subject // the route sends it
}

t.test('a user with a password links Discord with a fresh login, and logs in with either (SEC-111)', async (t) => {
  const site = await served(t)
  const browser = await signUp(site, 'eve@example.com')
  const subject = await subjectOf(browser, site)
  const chooser = await browser.post(`${site.origin}/login/discord/link`, { returnTo: '/me' })
  like(t, await browser.pick(chooser, 'ada'), { status: 200, url: `${site.origin}/me` })
  const other = visitor()
  await other.logIn(`${site.origin}/login/discord?returnTo=/me`, 'ada')
  t.equal(await subjectOf(other, site), subject)
})

t.test('equal addresses are two accounts: that of Discord gets no password of the other (SEC-112)', async (t) => {
  const site = await served(t)
  const ada = visitor()
  await ada.logIn(`${site.origin}/login/discord?returnTo=/me`, 'ada')
  const browser = await signUp(site, 'ada@example.com')
  t.not(await subjectOf(browser, site), await subjectOf(ada, site))
})

t.test('a user of Discord adds an address, resets the password, and logs in with either', async (t) => {
  const site = await served(t)
  const { app, origin, tokenOf } = site
  const ada = visitor()
  await ada.logIn(`${origin}/login/discord?returnTo=/me`, 'ada')
  const subject = await subjectOf(ada, site)
  const added = await tokenOf(async () => ada.post(`${origin}/login/change-email`, { email: 'new@example.com' }))
  like(t, await ada.post(`${origin}/login/change-email/link`, { token: added }), { status: 404, url: `${origin}/` })
  const token = await tokenOf(async () => post(app, 'reset-password', { email: 'new@example.com' }))
  t.equal((await post(app, 'reset-password/link', { token, newPassword: PASSWORD })).statusCode, 200)
  const other = visitor()
  const form = { username: 'new@example.com', password: PASSWORD, returnTo: '/me' }
  like(t, await other.post(`${origin}/login/password`, form), { status: 200, url: `${origin}/me` })
  t.equal(await subjectOf(other, site), subject)
  const again = visitor()
  await again.logIn(`${origin}/login/discord?returnTo=/me`, 'ada')
  t.equal(await subjectOf(again, site), subject)
})
