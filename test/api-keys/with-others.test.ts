import { randomBytes } from 'node:crypto'
import t, { type Test } from 'tap'
import apiKeys, { type ApiKeysOptions } from '@latchkey/api-keys'
import bearer from '@latchkey/bearer'
import { like } from '@latchkey/exact'
import guard, { authenticated } from '@latchkey/guard'
import openapi from '@latchkey/openapi'
import session from '@latchkey/session'
import { memoryStore } from '@latchkey/store/memory'
import tokenEndpoint, { generateSigningKey } from '@latchkey/token-endpoint'
import Fastify, { type FastifyInstance } from 'fastify'

const origin = 'https://api.example.com'
const signingKey = await generateSigningKey()
const secret = randomBytes(32).toString('base64url')
type Plugin = 'apiKeys' | 'bearer' | 'session'

const orders: readonly (readonly Plugin[])[] = [
  ['apiKeys', 'bearer', 'session'],
  ['bearer', 'apiKeys', 'session'],
  ['session', 'bearer', 'apiKeys'],
  ['apiKeys', 'session', 'bearer']
]

async function serverWith(
  t: Test,
  order: readonly Plugin[],
  options: Partial<ApiKeysOptions>,
  dpop: 'required' | 'allowed' | 'refused' = 'refused'
): Promise<FastifyInstance> {
  const store = memoryStore()
  const app = Fastify()
  t.teardown(() => app.close())
  await app.register(openapi, {})
  await app.register(guard)
  await app.register(tokenEndpoint, { issuer: origin, audience: origin, keys: [signingKey], store })
  for (const plugin of order) {
    if (plugin === 'apiKeys') await app.register(apiKeys, { prefix: 'acme', store, ...options })
    if (plugin === 'session') await app.register(session, { secrets: [secret], store, origin })
    if (plugin === 'bearer') {
      const { issuer, audience, jwks } = app.tokenEndpoint
      const proofs = dpop === 'refused' ? {} : { dpop: { origin, replay: store.dpopReplay } }
      await app.register(bearer, { issuers: [{ issuer, audience, jwks: () => jwks(), dpop }], ...proofs })
    }
  }
  app.get('/me', { config: { access: authenticated } }, async ({ principal }) => principal.scheme)
  app.post('/sign-in', { config: { access: { kind: 'everyone' } } }, async (_request, reply) => {
    await reply.signIn({ subject: 'alice' })
    return 'signed in'
  })
  return app
}

async function me(app: FastifyInstance, headers: Record<string, string>): Promise<unknown> {
  const { statusCode, body } = await app.inject({ url: '/me', headers })
  return statusCode === 200 ? body : statusCode
}

async function cookieOf(app: FastifyInstance): Promise<string> {
  const headers = { 'sec-fetch-site': 'same-origin' }
  const answer = await app.inject({ method: 'POST', url: '/sign-in', headers })
  return String(answer.headers['set-cookie']).split(';', 1)[0] ?? ''
}

for (const order of orders) {
  t.test(`keys, tokens and sessions do not disturb each other: ${order.join(', ')} (SEC-60)`, async (t) => {
    for (const location of ['bearer', 'header'] as const) {
      const app = await serverWith(t, order, { location })
      const { key } = await app.apiKeys.create({ subject: 'alice', name: 'a', scopes: [] })
      const token = await app.tokenEndpoint.issue({ subject: 'alice', clientId: 'shop', scopes: [] })
      const cookie = await cookieOf(app)
      const sent = (text: string): Record<string, string> =>
        location === 'bearer' ? { authorization: `Bearer ${text}` } : { 'x-api-key': text }
      t.equal(await me(app, sent(key)), 'apiKey')
      t.equal(await me(app, { authorization: `Bearer ${token}` }), 'bearer')
      t.equal(await me(app, { cookie }), 'session')
      t.equal(await me(app, { cookie, ...sent(key) }), 'apiKey')
      t.equal(await me(app, { cookie, ...sent(`${key}0`) }), 401)
      t.equal(await me(app, sent(key.slice(0, -1))), 401)
      t.equal(await me(app, { authorization: `DPoP ${key}` }), 401)
      t.equal(await me(app, {}), 401)
    }
  })
}

for (const order of orders.slice(0, 2)) {
  for (const dpop of ['required', 'allowed'] as const) {
    t.test(`a key in Authorization: Bearer works with dpop: '${dpop}': ${order.join(', ')}`, async (t) => {
      const app = await serverWith(t, order, { location: 'bearer' }, dpop)
      const { key } = await app.apiKeys.create({ subject: 'alice', name: 'a', scopes: [] })
      t.equal(await me(app, { authorization: `Bearer ${key}` }), 'apiKey')
      t.equal(await me(app, { authorization: `Bearer ${key}0` }), 401)
      t.equal(await me(app, { authorization: `DPoP ${key}` }), 401)
    })
  }
}

t.test('the document has the security scheme of each location, and the routes of the owner', async (t) => {
  for (const [location, scheme] of [
    ['header', { type: 'apiKey', in: 'header', name: 'X-API-Key' }],
    ['bearer', { type: 'http', scheme: 'bearer' }]
  ] as const) {
    const app = await serverWith(t, ['session', 'apiKeys'], { location, routes: true })
    await app.ready()
    const { components, paths } = JSON.parse(JSON.stringify(app.swagger())) as Document
    like(t, components.securitySchemes['apiKey'], scheme)
    t.same(paths['/me']?.['get']?.security, [{ apiKey: [] }, { session: [] }])
    t.same(Object.keys(paths['/api-keys'] ?? {}), ['get', 'post'])
    t.same(Object.keys(paths['/api-keys/{id}'] ?? {}), ['delete'])
    const [created] = Object.values(paths['/api-keys']?.['post']?.responses['201']?.content ?? {})
    t.ok(created?.schema.properties['key'])
  }
})

t.test('a challenge for each way in stands in one 401', async (t) => {
  const app = await serverWith(t, ['session', 'bearer', 'apiKeys'], {})
  const { headers } = await app.inject('/me')
  t.equal(headers['www-authenticate'], 'Bearer, ApiKey realm="acme"')
  const inBearer = await serverWith(t, ['session', 'bearer', 'apiKeys'], { location: 'bearer' })
  t.equal((await inBearer.inject('/me')).headers['www-authenticate'], 'Bearer')
})

t.test('a user creates a key with a session, and an access token does not', async (t) => {
  const app = await serverWith(t, ['session', 'bearer', 'apiKeys'], { routes: true })
  const token = await app.tokenEndpoint.issue({
    subject: 'alice',
    clientId: 'shop',
    scopes: [],
    authenticatedAt: Math.floor(Date.now() / 1000)
  })
  const create = async (headers: Record<string, string>) =>
    app.inject({ method: 'POST', url: '/api-keys', headers, payload: { name: 'a', scopes: [] } })
  like(t, (await create({ authorization: `Bearer ${token}` })).json(), { code: 'LATCHKEY_API_KEY_NEEDS_SESSION' })
  const cookie = await cookieOf(app)
  like(t, (await create({ cookie })).json(), { code: 'LATCHKEY_CROSS_SITE_REQUEST' })
  const cross = await create({ cookie, 'sec-fetch-site': 'cross-site' })
  like(t, cross.json(), { code: 'LATCHKEY_CROSS_SITE_REQUEST' })
  const created = await create({ cookie, 'sec-fetch-site': 'same-origin' })
  t.equal(created.statusCode, 201)
  t.equal(await me(app, { 'x-api-key': created.json<{ key: string }>().key }), 'apiKey')
})

interface Document {
  readonly components: { readonly securitySchemes: Readonly<Record<string, object>> }
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
}

interface Operation {
  readonly security: unknown
  readonly responses: Readonly<
    Record<string, { content?: Record<string, { schema: { properties: Record<string, unknown> } }> }>
  >
}
