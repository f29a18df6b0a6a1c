import { devProvider, type ProfileName } from '@latchkey/dev-provider'
import guard, { authenticated, recentLogin } from '@latchkey/guard'
import login, { discord, google, oidc, type Provider } from '@latchkey/login'
import session from '@latchkey/session'
import { memoryStore } from '@latchkey/store/memory'
import Fastify from 'fastify'
import t, { type Test } from 'tap'
import { contains, like } from '@latchkey/exact'
import { freeOrigin, listen } from '../loopback.ts'
import { visitor } from '../visitor.ts'

interface Client {
  readonly clientId: string
  readonly clientSecret: string
}

interface Upstream {
  readonly profile: ProfileName
  readonly make: (issuer: string, client: Client) => Provider
}

const proving: Upstream = {
  profile: 'oidc',
  // Any `max_age` has the provider say of each login when it was.
  make: (issuer, client) =>
    oidc({ ...client, name: 'oidc', issuer, parameters: { max_age: '3600', prompt: 'consent' } })
}
const unproven: Upstream[] = [
  { profile: 'discord', make: (baseUrl, client) => discord({ ...client, baseUrl }) },
  { profile: 'google', make: (issuer, client) => google({ ...client, issuer, prompt: 'consent' }) },
  { profile: 'google', make: (issuer, client) => oidc({ ...client, name: 'google', issuer }) }
]
const trusted = unproven.map(({ profile, make }): Upstream => {
  return { profile, make: (issuer, client) => ({ ...make(issuer, client), insecureTrustUnprovenLogin: true }) }
})

for (const upstream of [proving, ...trusted]) {
  const { profile } = upstream
  t.test(`a page that needs a recent login sends a visitor to ${profile} again, and then opens`, async (t) => {
    const { origin, issuer } = await house(t, upstream)
    const ada = visitor()

    const me = await ada.logIn(`${origin}/me`, 'ada')
    t.equal(me.status, 200)
    t.equal((await ada.get(`${origin}/danger?a=1`)).status, 200, 'the login is recent')
    t.equal((await ada.get(`${origin}/ten-minutes-pass`)).status, 200)
    t.equal((await ada.get(`${origin}/me`)).text, me.text, 'the session still exists')

    const picking = await ada.get(`${origin}/danger?a=1`)
    t.ok(picking.url.startsWith(issuer), 'at the provider, which asks for the user')
    const opened = await ada.pick(picking, 'ada')
    t.equal(opened.status, 200)
    t.equal(opened.url, `${origin}/danger?a=1`)
    like(t, JSON.parse(opened.text), { subject: me.text, asked: { a: '1' } })
    t.equal((await ada.get(`${origin}/danger`)).status, 200)
  })
}

for (const upstream of unproven) {
  const { profile } = upstream
  t.test(`a page that needs a recent login refuses a login whose time ${profile} does not prove`, async (t) => {
    const { origin, issuer } = await house(t, upstream)
    const ada = visitor()
    const me = await ada.logIn(`${origin}/me`, 'ada')
    t.equal(me.status, 200)
    for (const url of ['/danger', '/login?returnTo=/danger', '/login?returnTo=/danger&prompt=login']) {
      let seen = await ada.get(origin + url)
      for (let picks = 0; picks < 2 && seen.url.startsWith(issuer); picks++) seen = await ada.pick(seen, 'ada')
      t.equal(seen.status, 403, url)
      contains(t, seen.text, 'This needs a fresh login.')
    }
    t.equal((await ada.get(`${origin}/me`)).text, me.text, 'the session still exists')
  })
}

/** A server with one page for all logged-in users, and one for users with a recent login. */
async function house(t: Test, { profile, make }: Upstream): Promise<{ origin: string; issuer: string }> {
  const upstream = await devProvider({ profile })
  t.teardown(() => upstream.close())
  const { clientId, clientSecret, issuer } = upstream
  const store = memoryStore()
  const origin = await freeOrigin()
  const app = Fastify()
  await app.register(guard)
  await app.register(session, {
    secrets: ['x7TgBqL0sVnMwZyKcRjFhPdU3iXoE1aQ9tWr5v8b2mN'],
    store,
    origin,
    insecureCookie: true,
    loginPath: '/login'
  })
  await app.register(login, { providers: [make(issuer, { clientId, clientSecret })], store })
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
  return { origin, issuer }
}
