import { runInNewContext } from 'node:vm'
import { devProvider, type ProfileName } from '@latchkey/dev-provider'
import guard, { authenticated } from '@latchkey/guard'
import login, { accountPermissions, discord, google, oidc, type Provider } from '@latchkey/login'
import session from '@latchkey/session'
import { memoryStore } from '@latchkey/store/memory'
import Fastify, { type FastifyInstance, type LightMyRequestResponse } from 'fastify'
import t from 'tap'
import { like } from '@latchkey/exact'

const origin = 'http://localhost:3000'
const key = 'x7TgBqL0sVnMwZyKcRjFhPdU3iXoE1aQ9tWr5v8b2mN'

// The whole house: a guard, real sessions, and the provider of the package for development.
const profiles: { profile: ProfileName; make: (issuer: string, client: Client) => Provider; email: string | null }[] = [
  { profile: 'discord', make: (baseUrl, client) => discord({ ...client, baseUrl }), email: 'ada@example.com' },
  {
    profile: 'google',
    make: (issuer, client) => google({ ...client, issuer, hd: 'example.com' }),
    email: 'ada@example.com'
  },
  { profile: 'oidc', make: (issuer, client) => oidc({ ...client, name: 'oidc', issuer }), email: 'ada@example.com' }
]

interface Client {
  readonly clientId: string
  readonly clientSecret: string
}

for (const { profile, make, email } of profiles) {
  t.test(`a user logs in with ${profile}, passes the guard, and logs out`, async (t) => {
    const upstream = await devProvider({ profile })
    t.teardown(() => upstream.close())
    const { clientId, clientSecret } = upstream
    const store = memoryStore()
    const app = Fastify()
    t.teardown(() => app.close())
    await app.register(guard, { permissions: accountPermissions(store.accounts) })
    await app.register(session, { secrets: [key], store, origin })
    await app.register(login, {
      providers: [make(upstream.issuer, { clientId, clientSecret })],
      store,
      keepTokens: true
    })
    app.get('/me', { config: { access: authenticated } }, async (request) => ({
      profile: (await store.accounts.find(request.principal.subject))?.profile,
      tokens: await app.login.tokens(request, profile),
      userinfo: await app.login.userinfo(request, profile)
    }))
    const jar = new Map<string, string>()

    t.equal((await send(app, jar, '/me')).statusCode, 401)
    const start = await send(app, jar, '/login?returnTo=/me')
    const back = await upstream.authorize(String(start.headers.location), 'ada')
    const answer = await send(app, jar, back.pathname + back.search)
    t.equal(answer.statusCode, 303)
    t.equal(answer.headers.location, '/me')
    const me = await send(app, jar, '/me')
    t.equal(me.statusCode, 200)
    like(t, me.json(), { profile: { email }, tokens: { tokenType: 'Bearer' }, userinfo: {} })

    t.equal((await send(app, jar, '/logout', { 'sec-fetch-site': 'cross-site' })).statusCode, 403)
    t.equal((await send(app, jar, '/me')).statusCode, 200)
    const copied = new Map(jar)
    t.equal((await send(app, jar, '/logout', { 'sec-fetch-site': 'same-origin' })).statusCode, 303)
    t.equal((await send(app, jar, '/me')).statusCode, 401)
    t.equal((await send(app, copied, '/me')).statusCode, 401)
  })
}

for (const { profile } of profiles) {
  t.test(`the registration that the dev provider prints for ${profile} logs a user in (K19.4)`, async (t) => {
    const upstream = await devProvider({ profile, clients: [{ clientId: 'app', clientSecret: 's3cret' }] })
    t.teardown(() => upstream.close())
    const provider = runInNewContext(upstream.registration, { discord, google, oidc }) as Provider // by these three
    const store = memoryStore()
    const app = Fastify()
    t.teardown(() => app.close())
    await app.register(guard)
    await app.register(session, { secrets: [key], store, origin })
    await app.register(login, { providers: [provider], store })
    app.get('/me', { config: { access: authenticated } }, async (request) => request.principal.subject)
    const jar = new Map<string, string>()
    const start = await send(app, jar, '/login?returnTo=/me')
    const back = await upstream.authorize(String(start.headers.location), 'ada')
    like(t, await send(app, jar, back.pathname + back.search), { statusCode: 303, headers: { location: '/me' } })
    const { statusCode, body } = await send(app, jar, '/me')
    t.equal(statusCode, 200)
    like(t, (await store.accounts.find(body))?.profile, { email: 'ada@example.com' })
  })
}

t.test('a provider on this site that answers by POST logs in a user with an earlier session (SEC-110)', async (t) => {
  const upstream = await devProvider({ profile: 'oidc' })
  t.teardown(() => upstream.close())
  const { clientId, clientSecret, issuer } = upstream
  const store = memoryStore()
  const app = Fastify()
  t.teardown(() => app.close())
  await app.register(guard)
  await app.register(session, { secrets: [key], store, origin })
  const provider = oidc({ name: 'oidc', issuer, clientId, clientSecret })
  await app.register(login, { providers: [{ ...provider, responseMode: 'form_post' }], store })
  app.get('/me', { config: { access: authenticated } }, async (request) => request.principal.subject)
  const jar = new Map<string, string>()

  const subjects: string[] = []
  for (const person of ['ada', 'grace'] as const) {
    const start = await send(app, jar, '/login')
    const asked = new URL(String(start.headers.location))
    t.equal(asked.searchParams.get('response_mode'), 'form_post')
    // The person's agreement, whose answer is then sent as a browser would send the provider's form.
    asked.searchParams.delete('response_mode')
    const back = await upstream.authorize(asked.href, person)
    const headers = { 'sec-fetch-site': 'same-site', 'content-type': 'application/x-www-form-urlencoded' }
    const answer = await send(app, jar, back.pathname, headers, back.searchParams.toString())
    t.equal(answer.statusCode, 303)
    subjects.push((await send(app, jar, '/me')).body)
  }
  t.equal(new Set(subjects).size, 2)
})

async function send(
  app: FastifyInstance,
  jar: Map<string, string>,
  url: string,
  posted?: Record<string, string>,
  payload?: string
): Promise<LightMyRequestResponse> {
  const cookie = [...jar].map((pair) => pair.join('=')).join('; ')
  const method = posted === undefined ? 'GET' : 'POST'
  const answer = await app.inject({
    method,
    url,
    headers: { cookie, ...posted },
    ...(payload !== undefined && { payload })
  })
  for (const { name, value, maxAge } of answer.cookies) {
    if (maxAge === 0) jar.delete(name)
    else jar.set(name, value)
  }
  return answer
}
