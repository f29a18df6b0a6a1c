import { devProvider, type ProfileName } from '@latchkey/dev-provider'
import guard, { authenticated, recentLogin } from '@latchkey/guard'
import login, { discord, google, oidc, type Provider } from '@latchkey/login'
import session from '@latchkey/session'
import { memoryStore } from '@latchkey/store/memory'
import Fastify from 'fastify'
import t from 'tap'
import { freeOrigin, listen } from '../loopback.ts'
import { visitor } from '../visitor.ts'

interface Client {
  readonly clientId: string
  readonly clientSecret: string
}

const profiles: { profile: ProfileName; make: (issuer: string, client: Client) => Provider }[] = [
  { profile: 'discord', make: (baseUrl, client) => discord({ ...client, baseUrl }) },
  { profile: 'google', make: (issuer, client) => google({ ...client, issuer }) },
  { profile: 'oidc', make: (issuer, client) => oidc({ ...client, name: 'oidc', issuer }) }
]

for (const { profile, make } of profiles) {
  t.test(`a page that needs a recent login sends a visitor to ${profile} once more, and opens then`, async (t) => {
    const upstream = await devProvider({ profile })
    t.teardown(() => upstream.close())
    const { clientId, clientSecret } = upstream
    const store = memoryStore()
    const origin = await freeOrigin()
    const app = Fastify()
    await app.register(guard)
    await app.register(session, {
      keys: ['x7TgBqL0sVnMwZyKcRjFhPdU3iXoE1aQ9tWr5v8b2mN'],
      store,
      origin,
      insecureCookie: true,
      loginPath: '/login'
    })
    await app.register(login, { providers: [make(upstream.issuer, { clientId, clientSecret })], store })
    app.get('/me', { config: { access: authenticated } }, async ({ principal }) => principal.subject)
    app.get('/danger', { config: { access: recentLogin({ maxAge: 300 }) } }, async (request) => {
      const { subject, authenticatedAt } = request.principal
      return { subject, authenticatedAt, asked: request.query }
    })
    // The same session, as it will be ten minutes from now.
    app.get('/ten-minutes-pass', { config: { access: authenticated } }, async ({ principal }, reply) => {
      await reply.signIn({ subject: principal.subject, authenticatedAt: Math.floor(Date.now() / 1000) - 600 })
      return 'passed'
    })
    await listen(t, app, origin)
    const ada = visitor()

    const me = await ada.logIn(`${origin}/me`, 'ada')
    t.equal(me.status, 200)
    t.equal((await ada.get(`${origin}/danger?a=1`)).status, 200, 'the login is recent')
    t.equal((await ada.get(`${origin}/ten-minutes-pass`)).status, 200)
    t.equal((await ada.get(`${origin}/me`)).text, me.text, 'the session goes on')

    const picking = await ada.get(`${origin}/danger?a=1`)
    t.ok(picking.url.startsWith(upstream.issuer), 'with the provider, who asks who it is')
    const opened = await ada.pick(picking, 'ada')
    t.equal(opened.status, 200)
    t.equal(opened.url, `${origin}/danger?a=1`)
    t.match(JSON.parse(opened.text), { subject: me.text, asked: { a: '1' } })
    t.equal((await ada.get(`${origin}/danger`)).status, 200)
  })
}
