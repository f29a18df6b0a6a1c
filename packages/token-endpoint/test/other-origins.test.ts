import Fastify, { type HTTPMethods } from 'fastify'
import t, { type Test } from 'tap'
import { like, throwsLike } from '@latchkey/exact'
import { memoryStore } from '@latchkey/store/memory'
import tokenEndpoint, { hashClientSecret, storedKeys } from '@latchkey/token-endpoint'
import { basic, issuer, key, type Server, server } from './fixtures/server.ts'
import { frail, secret as keySecret } from './fixtures/stored-keys.ts'

const origin = 'https://spa.example.com'
const preflight = {
  origin,
  'access-control-request-method': 'POST',
  'access-control-request-headers': 'authorization, dpop'
}
const OPEN = { 'access-control-allow-origin': '*', 'access-control-expose-headers': 'WWW-Authenticate, DPoP-Nonce' }
const OPEN_TO_REQUESTS = {
  ...OPEN,
  'access-control-allow-methods': 'GET, POST, DELETE',
  'access-control-allow-headers': 'authorization, content-type, dpop, mcp-protocol-version',
  'access-control-max-age': '600'
}
const METADATA = '/.well-known/oauth-authorization-server'
const documents = ['/jwks', METADATA]
const forms = ['/token', '/revoke', '/device']
const secret = '9f86d081884c7d659a2feaa0c55ad015'

/** The CORS headers of an answer. */
function corsOf({ headers }: { headers: object }): object {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => name.startsWith('access-control-')))
}

async function withDeviceEndpoint(t: Test, open: boolean): Promise<Server> {
  const grantTypes = ['password', 'refresh_token']
  const clients = [
    { clientId: 'spa', grantTypes },
    { clientId: 'web', grantTypes, clientSecretHash: hashClientSecret(secret) }
  ]
  const made = await server({ clients })
  t.teardown(() => made.app.close())
  const { tokenEndpoint } = made.app
  if (open) tokenEndpoint.openToOtherOrigins()
  await tokenEndpoint.addClientEndpoint(made.app, {
    path: '/device',
    documentation: {},
    answer: async () => ({ a: 1 })
  })
  made.app.get('/items', async () => 'items')
  return made
}

t.test('every endpoint is closed to other origins by default (SEC-72)', async (t) => {
  const { app, login, post } = await withDeviceEndpoint(t, false)
  t.same(corsOf(await login({ client_id: 'spa' }, { headers: { origin } })), {})
  for (const url of [...forms, '/introspect']) {
    const asked = await post('', { method: 'OPTIONS', url, headers: preflight })
    t.same([asked.status, asked.headers['allow'], corsOf(asked)], [405, 'POST', {}], url)
  }
  for (const url of documents) {
    t.same(corsOf(await app.inject({ url, headers: { origin } })), {}, url)
    const asked = await app.inject({ method: 'OPTIONS', url, headers: preflight })
    t.same([asked.statusCode, corsOf(asked)], [404, {}], url)
    t.notOk(app.hasRoute({ method: 'OPTIONS', url }))
  }
})

t.test(
  'openToOtherOrigins() opens the endpoints of clients and the documents, without credentials (SEC-72, RFC 9700 §2.6)',
  async (t) => {
    const { app, login, post, refresh } = await withDeviceEndpoint(t, true)
    const issued = await login({ client_id: 'spa' }, { headers: { origin, cookie: 'session=x' } })
    t.same([issued.status, corsOf(issued)], [200, OPEN])
    t.equal(issued.headers['cache-control'], 'no-store')
    t.equal(issued.headers['set-cookie'], undefined)
    t.equal((await refresh(issued.body.refresh_token, { client_id: 'spa' }, { headers: { origin } })).status, 200)
    for (const url of [...documents, ...forms]) {
      const asked = await app.inject({ method: 'OPTIONS', url, headers: preflight })
      t.same([asked.statusCode, asked.body, corsOf(asked)], [204, '', OPEN_TO_REQUESTS], url)
    }
    for (const url of documents) {
      for (const method of ['GET', 'HEAD'] as const) {
        const answer = await app.inject({ method, url, headers: { origin } })
        t.same([answer.statusCode, corsOf(answer)], [200, OPEN], `${method} ${url}`)
        t.equal(answer.headers['cache-control'], 'public, max-age=300')
      }
    }
    const device = await post({ client_id: 'spa' }, { url: '/device', headers: { origin } })
    t.same([device.status, device.body, corsOf(device)], [200, { a: 1 }, OPEN])
  }
)

t.test('scripts of other origins can read refusals and their challenges (SEC-72)', async (t) => {
  const { post } = await withDeviceEndpoint(t, true)
  const guess = { headers: { origin, ...basic('web', 'wrong') } }
  for (const [form, more, status] of [
    [{ grant_type: 'x', client_id: 'spa' }, {}, 400],
    [{ grant_type: 'password', client_id: 'none' }, {}, 401],
    [{ grant_type: 'password' }, guess, 401],
    ['x='.repeat(9_000), {}, 413],
    ['', { headers: { 'content-type': 'application/json' } }, 400],
    ['', { method: 'GET' }, 405],
    ['', { method: 'OPTIONS' }, 405],
    ['', { method: 'OPTIONS', headers: { origin } }, 405]
  ] as const) {
    const answer = await post(form, more)
    t.same([answer.status, corsOf(answer)], [status, OPEN], JSON.stringify([form, more]).slice(0, 80))
    if (status === 401) t.type(answer.headers['www-authenticate'], 'string')
  }
})

t.test('scripts of other origins can read the 503 of a server without keys (SEC-72)', async (t) => {
  const store = frail()
  store.down = true
  const { app } = await server({ keys: storedKeys({ store, secrets: [keySecret] }) })
  t.teardown(() => app.close())
  app.tokenEndpoint.openToOtherOrigins()
  const answer = await app.inject({ url: '/jwks', headers: { origin } })
  t.same([answer.statusCode, corsOf(answer)], [503, OPEN])
})

t.test('introspection and routes of the application stay closed (SEC-72)', async (t) => {
  const { app, login, introspect } = await withDeviceEndpoint(t, true)
  const credentials = { headers: { origin, ...basic('web', secret) } }
  const { body } = await login({}, credentials)
  const active = await introspect(body.access_token, {}, credentials)
  t.same([active.status, active.body['active'], corsOf(active)], [200, true, {}])
  t.same(corsOf(await introspect('x', { client_id: 'spa' }, { headers: { origin } })), {})
  const asked = await app.inject({ method: 'OPTIONS', url: '/introspect', headers: preflight })
  t.same([asked.statusCode, corsOf(asked)], [405, {}])
  for (const url of ['/items', '/none', `${METADATA}/x`]) {
    for (const method of ['GET', 'OPTIONS'] as const) {
      t.same(corsOf(await app.inject({ method, url, headers: preflight })), {}, `${method} ${url}`)
    }
  }
})

t.test('opens the endpoints of its own context, under a prefix', async (t) => {
  const app = Fastify()
  t.teardown(() => app.close())
  for (const prefix of ['/open', '/closed']) {
    app.register(
      async (child) => {
        await child.register(tokenEndpoint, { issuer, audience: issuer, keys: [key], store: memoryStore() })
        if (prefix === '/open') child.tokenEndpoint.openToOtherOrigins()
      },
      { prefix }
    )
  }
  const statusAndCors = async (method: HTTPMethods, url: string): Promise<unknown[]> => {
    const answer = await app.inject({ method: method as 'GET', url, headers: preflight })
    return [answer.statusCode, corsOf(answer)]
  }
  for (const url of documents) {
    t.same(await statusAndCors('GET', `/open${url}`), [200, OPEN])
    t.same(await statusAndCors('OPTIONS', `/open${url}`), [204, OPEN_TO_REQUESTS])
    t.same(await statusAndCors('GET', `/closed${url}`), [200, {}])
    t.same(await statusAndCors('OPTIONS', `/closed${url}`), [404, {}])
  }
})

t.test('an open endpoint leaves the OPTIONS route of the application as it is', async (t) => {
  const app = Fastify()
  t.teardown(() => app.close())
  app.options('/jwks', async () => 'own')
  await app.register(tokenEndpoint, { issuer, audience: issuer, keys: [key], store: memoryStore() })
  app.tokenEndpoint.openToOtherOrigins()
  app.tokenEndpoint.openToOtherOrigins()
  like(t, await app.inject({ method: 'OPTIONS', url: '/jwks', headers: preflight }), { statusCode: 200, body: 'own' })
})

t.test('openToOtherOrigins() fails after the server is ready', async (t) => {
  const { app } = await server()
  t.teardown(() => app.close())
  await app.ready()
  throwsLike(t, () => app.tokenEndpoint.openToOtherOrigins(), { code: 'FST_ERR_INSTANCE_ALREADY_LISTENING' })
})
