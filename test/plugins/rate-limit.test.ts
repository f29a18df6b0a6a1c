import rateLimit from '@fastify/rate-limit'
import guard, { authenticated, type Authenticator, InvalidTokenError } from '@latchkey/guard'
import Fastify, { type FastifyInstance } from 'fastify'
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
