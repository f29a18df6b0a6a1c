import { randomBytes } from 'node:crypto'
import rateLimit from '@fastify/rate-limit'
import guard, { authenticated, type Authenticator, InvalidTokenError } from '@latchkey/guard'
import { memoryStore } from '@latchkey/store/memory'
import Fastify, { type FastifyInstance } from 'fastify'
import latchkey from 'latchkey'
import { discord } from 'latchkey/providers'
import t, { type Test } from 'tap'

const keys: Authenticator = {
  scheme: 'key',
  challenge: 'Key',
  ambient: false,
  header: 'key',
  securitySchemes: {},
  authenticate({ headers: { key } }) {
    if (key === undefined) return null
    throw new InvalidTokenError('The key is not valid')
  }
}

async function limited(t: Test, prepare: (app: FastifyInstance) => Promise<unknown>): Promise<FastifyInstance> {
  const app = Fastify()
  t.teardown(() => app.close())
  await prepare(app)
  await app.register(guard)
  app.guard.addAuthenticator(keys)
  app.get('/', { config: { access: authenticated } }, async () => 'x')
  return app
}

async function statuses(app: FastifyInstance, url: string, headers: Record<string, string> = {}): Promise<number[]> {
  const found: number[] = []
  for (let count = 0; count < 9; count++) found.push((await app.inject({ url, headers })).statusCode)
  return found
}

for (const [name, url, headers, refused] of [
  ['requests without credentials', '/', {}, 401],
  ['bad credentials', '/', { key: 'bad' }, 401],
  ['paths without a route', '/none', {}, 404]
] as const) {
  t.test(
    `app.rateLimit() as an onRequest hook before the guard counts ${name}: 8 refusals, then 429 (K2.5)`,
    async (t) => {
      const app = await limited(t, async (app) => {
        await app.register(rateLimit, { global: false, max: 8 })
        app.addHook('onRequest', app.rateLimit())
      })
      t.same(await statuses(app, url, headers), [...Array<number>(8).fill(refused), 429])
      const last = await app.inject({ url, headers })
      t.equal(last.statusCode, 429)
      t.equal(last.headers['www-authenticate'], undefined)
      t.ok(Number(last.headers['retry-after']) > 0)
    }
  )
}

t.test('the plugin alone does not count requests that the guard refuses, as the README states (K2.5)', async (t) => {
  const app = await limited(t, async (app) => app.register(rateLimit, { max: 3 }))
  t.same(await statuses(app, '/'), Array<number>(9).fill(401))
})

/** A server with all endpoints that answer errors themselves. */
async function endpoints(t: Test, prepare: (app: FastifyInstance) => Promise<unknown>): Promise<FastifyInstance> {
  const app = Fastify()
  t.teardown(() => app.close())
  await prepare(app)
  await app.register(latchkey, {
    origin: 'https://app.example.com',
    store: memoryStore(),
    secrets: [randomBytes(32).toString('base64url')],
    login: { providers: [discord({ clientId: 'shop', clientSecret: 'not-a-real-one' })] },
    passwordLogin: { verifyPassword: async () => null },
    authorizationEndpoint: { registration: true }
  })
  return app
}

const ENDPOINTS = [
  { method: 'POST', url: '/token' },
  { method: 'GET', url: '/authorize' },
  { method: 'POST', url: '/register' },
  { method: 'GET', url: '/login/discord' },
  { method: 'POST', url: '/login/password' }
] as const

t.test('the Retry-After of the plugin stays in the answer of each endpoint (K2.5)', async (t) => {
  const app = await endpoints(t, async (app) => app.register(rateLimit, { max: 1, timeWindow: 77_000 }))
  await app.inject('/login')
  for (const endpoint of ENDPOINTS) {
    const { statusCode, headers } = await app.inject(endpoint)
    t.same([statusCode, headers['retry-after']], [429, '77'], endpoint.url)
  }
})

t.test(
  'the Retry-After of an error of the application is a whole number of seconds at each endpoint (K2.5)',
  async (t) => {
    let retryAfter: unknown
    const app = await endpoints(t, async (app) =>
      app.addHook('onRequest', async () =>
        Promise.reject(Object.assign(new Error('down'), { statusCode: 503, retryAfter }))
      )
    )
    for (const [given, sent] of [
      [0, '0'],
      [30, '30'],
      [1.5, '2'],
      [90_000, '90000'],
      [-1, '5'],
      [Number.NaN, '5'],
      [Number.POSITIVE_INFINITY, '5'],
      [1e300, '5'],
      ['30', '5'],
      [undefined, '5']
    ] as const) {
      retryAfter = given
      for (const endpoint of ENDPOINTS) {
        const { statusCode, headers } = await app.inject(endpoint)
        t.same([statusCode, headers['retry-after']], [503, sent], `${endpoint.url}: ${String(given)}`)
      }
    }
  }
)
