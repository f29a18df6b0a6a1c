import t from 'tap'
import type { ApiKeyInfo, CreatedApiKey } from '@latchkey/api-keys'
import type { FastifyInstance } from 'fastify'
import { like } from '@latchkey/exact'
import { accepted, ask, newKey, type Server, type Setup, serverWith, start } from './fixtures/server.ts'

const SAME_ORIGIN = { 'sec-fetch-site': 'same-origin' }

async function withRoutes(t: Parameters<typeof serverWith>[0], options: Setup['options'] = {}): Promise<Server> {
  return serverWith(t, { sessions: true, options: { routes: true, ...options } })
}

/** A request of a page of this server, with a session that began at the given time. */
async function send(
  app: FastifyInstance,
  method: 'GET' | 'POST' | 'DELETE',
  url: string,
  body?: object | string,
  session = `alice:${start}`
) {
  return app.inject({ method, url, headers: { session, ...SAME_ORIGIN }, ...(body !== undefined && { payload: body }) })
}

t.test('a user creates, lists and revokes keys with a session', async (t) => {
  const app = await withRoutes(t)
  const answer = await send(app, 'POST', '/api-keys', { name: 'backup', scopes: ['items:read'], expiresAt: start + 60 })
  t.equal(answer.statusCode, 201)
  t.equal(answer.headers['cache-control'], 'no-store')
  const { key, ...info } = answer.json<CreatedApiKey>()
  like(t, info, { subject: 'alice', name: 'backup', scopes: ['items:read'], expiresAt: start + 60 })
  t.same(await ask(app, key), accepted)
  await newKey(app, { subject: 'ben' })

  const list = await send(app, 'GET', '/api-keys')
  t.equal(list.headers['cache-control'], 'no-store')
  const { keys } = list.json<{ keys: ApiKeyInfo[] }>()
  t.same(keys, [{ ...info, lastUsedAt: start }])

  t.equal((await send(app, 'DELETE', `/api-keys/${info.id}`, undefined, `ben:${start}`)).statusCode, 404)
  const revoked = await send(app, 'DELETE', `/api-keys/${info.id}`)
  t.equal(revoked.statusCode, 204)
  t.equal(revoked.body, '')
  like(t, (await send(app, 'DELETE', `/api-keys/${info.id}`)).json(), {
    statusCode: 404,
    code: 'LATCHKEY_API_KEY_NOT_FOUND'
  })
  like(t, await ask(app, key), { status: 401 })
})

t.test('the path of the routes can be another one, and they are off by default', async (t) => {
  const app = await withRoutes(t, { routes: '/account/keys' })
  t.equal((await send(app, 'GET', '/account/keys')).statusCode, 200)
  t.equal((await send(app, 'GET', '/api-keys')).statusCode, 404)
  const off = await withRoutes(t, { routes: false })
  t.equal((await send(off, 'GET', '/api-keys')).statusCode, 404)
})

t.test('an API key reaches none of the routes', async (t) => {
  const app = await withRoutes(t)
  const { key, id } = await newKey(app)
  for (const [method, url, status, code] of [
    ['GET', '/api-keys', 403, 'LATCHKEY_API_KEY_NEEDS_SESSION'],
    ['HEAD', '/api-keys', 403, undefined],
    ['POST', '/api-keys', 401, 'LATCHKEY_INSUFFICIENT_USER_AUTHENTICATION'],
    ['DELETE', `/api-keys/${id}`, 403, 'LATCHKEY_API_KEY_NEEDS_SESSION']
  ] as const) {
    for (const others of [{}, { session: `alice:${start}`, ...SAME_ORIGIN }]) {
      const payload = method === 'POST' ? { payload: { name: 'a', scopes: [] } } : {}
      const answer = await app.inject({ method, url, headers: { 'x-api-key': key, ...others }, ...payload })
      t.equal(answer.statusCode, status, `${method} ${url}`)
      if (method !== 'HEAD') t.equal(answer.json<{ code: string }>().code, code)
    }
  }
  t.equal((await app.apiKeys.list('alice')).length, 1)
})

t.test('refuses callers without a session, and pages of other origins', async (t) => {
  const app = await withRoutes(t)
  const { id } = await newKey(app)
  for (const [method, url] of [
    ['GET', '/api-keys'],
    ['POST', '/api-keys'],
    ['DELETE', `/api-keys/${id}`]
  ] as const) {
    const payload = method === 'POST' ? { payload: { name: 'a', scopes: [] } } : {}
    t.equal((await app.inject({ method, url, ...payload })).statusCode, 401)
    if (method === 'GET') continue
    for (const site of ['cross-site', 'same-site', undefined]) {
      const headers = { session: `alice:${start}`, ...(site !== undefined && { 'sec-fetch-site': site }) }
      const answer = await app.inject({ method, url, headers, ...payload })
      t.equal(answer.json<{ code: string }>().code, 'LATCHKEY_CROSS_SITE_REQUEST')
    }
  }
  t.equal((await app.apiKeys.list('alice')).length, 1)
})

t.test('creates a key after a recent login only', async (t) => {
  const app = await withRoutes(t, { maxLoginAge: 60 })
  const status = async (login: number) =>
    (await send(app, 'POST', '/api-keys', { name: 'a', scopes: [] }, `alice:${login}`)).statusCode
  t.equal(await status(start - 61), 401)
  t.equal(await status(start - 60), 201)
})

t.test('refuses a key with scopes that the session does not have', async (t) => {
  const app = await withRoutes(t)
  const answer = await send(app, 'POST', '/api-keys', { name: 'a', scopes: ['items:read', 'admin'] })
  like(t, answer.json(), { statusCode: 403, code: 'LATCHKEY_INSUFFICIENT_SCOPE' })
  t.same(await app.apiKeys.list('alice'), [])
})

for (const [name, body] of [
  ['a list', []],
  ['a text', 'name=a'],
  ['nothing', undefined],
  ['no name', { scopes: [] }],
  ['a name that is no text', { name: {}, scopes: [] }],
  ['no scopes', { name: 'a' }],
  ['scopes that are no texts', { name: 'a', scopes: [1, null] }],
  ['a subject', { name: 'a', scopes: [], subject: 'ben' }],
  ['an unknown member', { name: 'a', scopes: [], expires_at: start + 5 }],
  ['an expiry in the past', { name: 'a', scopes: [], expiresAt: 1 }]
] as const) {
  t.test(`answers 400 to a new key with ${name}`, async (t) => {
    const app = await withRoutes(t)
    const answer = await app.inject({
      method: 'POST',
      url: '/api-keys',
      headers: {
        session: `alice:${start}`,
        ...SAME_ORIGIN,
        ...(typeof body === 'string' && { 'content-type': 'text/plain' })
      },
      ...(body !== undefined && { payload: body as object | string })
    })
    like(t, answer.json(), { statusCode: 400, code: 'LATCHKEY_API_KEY_REQUEST' })
    t.same([...(await app.apiKeys.list('alice')), ...(await app.apiKeys.list('ben'))], [])
  })
}

t.test('answers 409 when the user has too many keys', async (t) => {
  const app = await withRoutes(t, { maxPerSubject: 1 })
  await newKey(app)
  const answer = await send(app, 'POST', '/api-keys', { name: 'a', scopes: [] })
  like(t, answer.json(), { statusCode: 409, code: 'LATCHKEY_API_KEY_LIMIT' })
})
