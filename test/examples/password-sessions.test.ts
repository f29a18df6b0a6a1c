import { randomBytes } from 'node:crypto'
import { EventEmitter, once } from 'node:events'
import { memoryStore } from '@latchkey/store/memory'
import type { AccountMail } from '@latchkey/password-login'
import t, { type Test } from 'tap'
import { build } from '../../examples/password-sessions/app.ts'
import { freeOrigin, listen } from '../loopback.ts'
import { type Visitor, visitor } from '../visitor.ts'

const EMAIL = 'alice@example.com'
const PASSWORD = 'wonderland in winter'
const NEXT_PASSWORD = 'through the looking glass'

interface Site {
  readonly origin: string
  /** Sends a form that asks for a mail, and returns the mail. */
  readonly mailFor: (browser: Visitor, path: string, email: string) => Promise<AccountMail>
  /** Creates the account of alice, in a new browser. */
  readonly signedUp: () => Promise<Visitor>
}

async function started(t: Test): Promise<Site> {
  const origin = await freeOrigin()
  const arrivals = new EventEmitter()
  const app = await build({
    origin,
    sessionSecret: randomBytes(32).toString('base64url'),
    store: memoryStore(),
    sendMail: async (mail) => arrivals.emit('mail', mail)
  })
  await listen(t, app, origin)
  const mailFor: Site['mailFor'] = async (browser, path, email) => {
    const arrival = once(arrivals, 'mail')
    const page = await browser.post(`${origin}/login/${path}`, { email })
    t.same([page.status, new URL(page.url).search], [200, '?done'])
    const [mail] = (await arrival) as [AccountMail]
    return mail
  }
  return {
    origin,
    mailFor,
    async signedUp() {
      const browser = visitor()
      const mail = await mailFor(browser, 'sign-up', EMAIL)
      const home = await follow(browser, mail.url, { newPassword: PASSWORD })
      t.same([home.status, new URL(home.url).pathname], [200, '/'])
      t.ok(home.text.includes(`You are <strong>${EMAIL}</strong>`))
      return browser
    }
  }
}

/** Opens the link of a mail, and sends the form of its page. */
async function follow(browser: Visitor, url: string, form: Record<string, string>) {
  const page = await browser.get(url)
  const { origin, pathname, searchParams } = new URL(page.url)
  return browser.post(origin + pathname, { token: searchParams.get('token') ?? '', ...form })
}

/** Opens the site in a new browser, and sends the form of the page where it ends. */
async function logIn(origin: string, password: string, username = EMAIL) {
  const browser = visitor()
  const page = await browser.get(origin)
  const returnTo = new URL(page.url).searchParams.get('returnTo') ?? ''
  const seen = await browser.post(`${origin}/login/password`, { username, password, returnTo })
  return { browser, status: seen.status, path: new URL(seen.url).pathname }
}

/** Where a browser is after it has opened the site. */
async function pathOf(browser: Visitor, origin: string): Promise<string> {
  return new URL((await browser.get(origin)).url).pathname
}

t.test('a visitor signs up, and ends the session of another device', async (t) => {
  const { origin, signedUp } = await started(t)
  const here = await signedUp()
  const wrong = await logIn(origin, 'another password')
  t.same([wrong.status, wrong.path], [401, '/login/password'])
  const there = await logIn(origin, PASSWORD)
  t.same([there.status, there.path], [200, '/'])
  const page = (await here.get(origin)).text
  const ids = [
    ...page.matchAll(/(\(this one\))?<\/td><td>\s*<form[^>]+><input type="hidden" name="id" value="([^"]+)"/g)
  ]
  t.equal(ids.length, 2)
  const other = ids.find(([, isThis]) => isThis === undefined)?.[2] ?? ''
  t.equal((await here.post(`${origin}/sessions/end`, { id: other })).status, 200)
  t.same([await pathOf(there.browser, origin), await pathOf(here, origin)], ['/login', '/'])
})

t.test('a user changes the password, and is logged out on other devices', async (t) => {
  const { origin, signedUp } = await started(t)
  const here = await signedUp()
  const { browser: there } = await logIn(origin, PASSWORD)
  const form = { password: PASSWORD, newPassword: 'short', returnTo: '/' }
  t.equal((await here.post(`${origin}/login/change-password`, form)).status, 400)
  const changed = await here.post(`${origin}/login/change-password`, { ...form, newPassword: NEXT_PASSWORD })
  t.same([changed.status, new URL(changed.url).pathname], [200, '/'])
  t.same([await pathOf(there, origin), await pathOf(here, origin)], ['/login', '/'])
  t.equal((await logIn(origin, PASSWORD)).status, 401)
  t.equal((await logIn(origin, NEXT_PASSWORD)).path, '/')
  t.equal(new URL((await here.post(`${origin}/logout`)).url).pathname, '/login')
  t.equal(await pathOf(here, origin), '/login')
})

t.test('a user resets a forgotten password', async (t) => {
  const { origin, signedUp, mailFor } = await started(t)
  const here = await signedUp()
  const stranger = visitor()
  const mail = await mailFor(stranger, 'reset-password', EMAIL)
  const done = await follow(stranger, mail.url, { newPassword: NEXT_PASSWORD })
  t.same([done.status, new URL(done.url).search], [200, '?done'])
  t.same([await pathOf(stranger, origin), await pathOf(here, origin)], ['/login', '/login'])
  t.equal((await logIn(origin, NEXT_PASSWORD)).path, '/')
})

t.test('a user changes the address, and logs in with the new one', async (t) => {
  const { origin, signedUp, mailFor } = await started(t)
  const here = await signedUp()
  const mail = await mailFor(here, 'change-email', 'alice@example.org')
  t.equal(mail.to, 'alice@example.org')
  const home = await follow(here, mail.url, {})
  t.same([home.status, new URL(home.url).pathname], [200, '/'])
  t.ok(home.text.includes('You are <strong>alice@example.org</strong>'))
  t.equal((await logIn(origin, PASSWORD)).status, 401)
  t.equal((await logIn(origin, PASSWORD, 'Alice@Example.org')).path, '/')
})
