import authorizationEndpoint from '@latchkey/authorization-endpoint'
import { contains } from '@latchkey/exact'
import { memoryStore } from '@latchkey/store/memory'
import tokenEndpoint, { generateSigningKey } from '@latchkey/token-endpoint'
import t, { type Test } from 'tap'
import { freeOrigin, listen } from '../loopback.ts'
import { buildServer, PASSWORD } from '../login/password-login.ts'
import { type Seen, type Visitor, visitor } from '../visitor.ts'
import { answerIn, authorizationUrl, decide, exchange } from './client.ts'
import { app as client } from './server.ts'

async function served(t: Test): Promise<string> {
  const origin = await freeOrigin()
  const store = memoryStore()
  const keys = [await generateSigningKey()]
  const app = await buildServer({
    origin,
    store,
    permissions: ['items:read'],
    async after(app) {
      await app.register(tokenEndpoint, { issuer: origin, audience: origin, keys, store, clients: [client] })
      await app.register(authorizationEndpoint, { store })
    }
  })
  await listen(t, app, origin)
  return origin
}

/** Logs in with the form of the page, whose hidden field leads back to the authorization request. */
async function logIn(browser: Visitor, { url, text }: Seen, username: string): Promise<Seen> {
  const [, returnTo = ''] = /<input type="hidden" name="returnTo" value="([^"]+)">/.exec(text) ?? []
  return browser.post(`${new URL(url).origin}/login/password`, { username, password: PASSWORD, returnTo })
}

t.test(
  'an authorization request of an anonymous browser goes on after a login with a password (RFC 6749 §3.1)',
  async (t) => {
    const origin = await served(t)
    const browser = visitor()
    const page = await browser.get(authorizationUrl(origin))
    t.match(page.url, /\/login\?returnTo=%2Fauthorize%2Fcontinue%3Fid%3D/)
    const consent = await logIn(browser, page, 'alice')
    contains(t, consent.text, 'You are logged in as alice.')
    const answer = answerIn(await decide(browser, consent))
    t.equal(answer['state'], 'xyz')
    const { status, body } = await exchange(origin, answer['code'] ?? '')
    t.equal(status, 200)
    t.equal(body.scope, 'items:read')
  }
)

t.test('a client that asks for a fresh login gets one, also of another user', async (t) => {
  const origin = await served(t)
  const browser = visitor()
  await decide(browser, await logIn(browser, await browser.get(authorizationUrl(origin)), 'alice'))
  const page = await browser.get(authorizationUrl(origin, { prompt: 'login' }))
  t.match(page.url, /&prompt=login$/)
  contains(t, page.text, '<input type="hidden" name="prompt" value="login">')
  contains(t, (await logIn(browser, page, 'bob')).text, 'You are logged in as bob.')
})
