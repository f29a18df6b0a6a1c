import { randomBytes } from 'node:crypto'
import guard, { authenticated } from '@latchkey/guard'
import login, { oidc } from '@latchkey/login'
import session from '@latchkey/session'
import { memoryStore } from '@latchkey/store/memory'
import Fastify from 'fastify'
import { Provider } from 'oidc-provider'
import t, { type Test } from 'tap'
import { like } from '@latchkey/exact'
import { freeOrigin, listen, listenHttp } from '../loopback.ts'
import { visitor } from '../visitor.ts'

const client = { clientId: 'latchkey', clientSecret: randomBytes(32).toString('base64url') }

/** The certified provider as it comes: its own pages, keys and defaults. */
async function startProvider(t: Test, application: string): Promise<string> {
  const issuer = await freeOrigin()
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: client.clientId,
        client_secret: client.clientSecret,
        redirect_uris: [`${application}/login/certified/callback`],
        post_logout_redirect_uris: [`${application}/`],
        backchannel_logout_uri: `${application}/login/certified/backchannel-logout`
      }
    ],
    claims: { openid: ['sub', 'sid'], profile: ['name'], email: ['email', 'email_verified'] },
    features: { backchannelLogout: { enabled: true } },
    // Its own way of asking refuses loopback, where the application of this test is.
    fetch: async (url, { dispatcher: _refuses, ...request } = {}) => fetch(url, request)
  })
  return listenHttp(t, provider.callback(), issuer)
}

t.test('a certified provider logs a user in and out, from either side', async (t) => {
  const origin = await freeOrigin()
  const issuer = await startProvider(t, origin)
  const store = memoryStore()
  const app = Fastify()
  await app.register(guard)
  await app.register(session, { secrets: [randomBytes(32).toString('base64url')], store, origin })
  await app.register(login, {
    store,
    providers: [oidc({ name: 'certified', issuer, ...client })],
    keepTokens: true,
    postLogoutRedirects: ['/']
  })
  app.get('/', { config: { access: authenticated } }, async ({ principal }) => principal.subject)
  await listen(t, app, origin)

  const ada = visitor()
  const asked = await ada.get(`${origin}/login`)
  t.equal(new URL(asked.url).origin, issuer)
  const consent = await ada.post(asked.url, { prompt: 'login', login: 'ada', password: 'anything' })
  const home = await ada.post(consent.url, { prompt: 'consent' })
  like(t, home, { status: 200, url: `${origin}/` })
  like(t, await store.accounts.findByIdentity({ provider: 'certified', subject: 'ada' }), { id: home.text })

  await t.test('a logout here also logs out at the provider', async (t) => {
    const question = await ada.post(`${origin}/logout`)
    like(t, question, { status: 200, url: new RegExp(`^${issuer}/session/end`) })
    t.equal((await ada.get(`${origin}/`)).status, 401)
    const xsrf = /name="xsrf" value="(\w+)"/.exec(question.text)?.[1] ?? ''
    like(t, await ada.post(`${issuer}/session/end/confirm`, { xsrf, logout: 'yes' }), { url: `${origin}/` })
  })

  await t.test('a logout at the provider ends the session here', async (t) => {
    const again = await ada.get(`${origin}/login`)
    const consented = await ada.post(again.url, { prompt: 'login', login: 'ada', password: 'anything' })
    const back = consented.url.startsWith(issuer) ? await ada.post(consented.url, { prompt: 'consent' }) : consented
    like(t, back, { status: 200, url: `${origin}/` })
    const question = await ada.get(`${issuer}/session/end`)
    const xsrf = /name="xsrf" value="(\w+)"/.exec(question.text)?.[1] ?? ''
    t.equal((await ada.get(`${origin}/`)).status, 200)
    await ada.post(`${issuer}/session/end/confirm`, { xsrf, logout: 'yes' })
    t.equal((await ada.get(`${origin}/`)).status, 401)
  })
})
