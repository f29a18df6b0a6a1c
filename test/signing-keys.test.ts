import { randomBytes } from 'node:crypto'
import { mock } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import bearer from '@latchkey/bearer'
import guard, { authenticated } from '@latchkey/guard'
import type { Store } from '@latchkey/store'
import { memoryStore } from '@latchkey/store/memory'
import tokenEndpoint, { storedKeys } from '@latchkey/token-endpoint'
import Fastify, { type FastifyInstance } from 'fastify'
import t, { type Test } from 'tap'

const issuer = 'https://api.example.com'
const secrets = [randomBytes(32).toString('base64url')]

mock.timers.enable({ apis: ['setTimeout'] })
t.teardown(() => mock.timers.reset())

async function resourceServer(t: Test, store: Store, now: () => number): Promise<FastifyInstance> {
  const app = Fastify()
  t.teardown(() => app.close())
  await app.register(guard)
  await app.register(tokenEndpoint, { issuer, audience: issuer, store, keys: storedKeys({ store, secrets }), now })
  await app.register(bearer, { issuers: [app.tokenEndpoint], now })
  app.get('/', { config: { access: authenticated } }, async (request) => request.principal.subject)
  return app
}

async function token({ tokenEndpoint }: FastifyInstance): Promise<string> {
  return tokenEndpoint.issue({ subject: 'alice', clientId: 'cli' })
}

async function status(app: FastifyInstance, accessToken: string): Promise<number> {
  return (await app.inject({ url: '/', headers: { authorization: `Bearer ${accessToken}` } })).statusCode
}

t.test(
  'both processes accept the tokens of both before, during and after a key rotation (SEC-39, FAULT-24)',
  async (t) => {
    let time = 1_700_000_000_000
    const now = () => time
    const store = memoryStore({ now })
    const one = await resourceServer(t, store, now)
    const two = await resourceServer(t, store, now)
    const honoured = async (...tokens: string[]) =>
      Promise.all(tokens.flatMap((each) => [status(one, each), status(two, each)]))
    t.same(await honoured(await token(one), await token(two)), [200, 200, 200, 200])

    await one.tokenEndpoint.rotateKeys()
    t.same(await honoured(await token(one), await token(two)), [200, 200, 200, 200], 'the new key is only published')

    const before = two.tokenEndpoint.jwks()
    mock.timers.tick(30_000)
    while (two.tokenEndpoint.jwks() === before) await setImmediate()
    time += 3_599_000
    const last = await token(two)
    time += 1_000
    const first = await token(one)
    t.not(last.split('.')[0], first.split('.')[0], 'signed with another key')
    t.same(await honoured(last, first, await token(two)), [200, 200, 200, 200, 200, 200])
  }
)

t.test('the bearer plugin knows a key that must sign at once (SEC-39)', async (t) => {
  const store = memoryStore()
  const one = await resourceServer(t, store, Date.now)
  const leaked = await token(one)
  t.equal(await status(one, leaked), 200)
  await store.signingKeys.removeExpired(Number.MAX_SAFE_INTEGER)
  await one.tokenEndpoint.rotateKeys()
  t.equal(await status(one, await token(one)), 200)
  t.equal(await status(one, leaked), 401)
})
