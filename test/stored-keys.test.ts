import { randomBytes } from 'node:crypto'
import bearer from '@latchkey/bearer'
import guard, { authenticated } from '@latchkey/guard'
import tokenEndpoint, { storedKeys } from '@latchkey/token-endpoint'
import Fastify, { type FastifyInstance } from 'fastify'
import t, { type Test } from 'tap'
import { openStorage, type Place } from '../examples/storage.ts'
import { mariadb, postgres, redis, sqlite } from './databases.ts'
import { atTime } from './store-clock.ts'

const issuer = 'https://api.example.com'
const secrets = [randomBytes(32).toString('base64url')]
const OVERLAP = 3_600_000

/** A process, as far as a database can tell: connections of its own, and a clock that is ahead by some milliseconds. */
async function startServer(t: Test, place: Place, ahead = 0): Promise<FastifyInstance> {
  const now = (): number => Date.now() + ahead
  const store = atTime(await openStorage(place), now)
  const app = Fastify()
  app.addHook('onClose', async () => store.close())
  t.teardown(() => app.close())
  await app.register(guard)
  await app.register(tokenEndpoint, { issuer, audience: issuer, store, keys: storedKeys({ store, secrets }), now })
  await app.register(bearer, { issuers: [app.tokenEndpoint], now })
  app.get('/', { config: { access: authenticated } }, async (request) => request.principal.subject)
  return app
}

const token = async ({ tokenEndpoint }: FastifyInstance): Promise<string> =>
  tokenEndpoint.issue({ subject: 'alice', clientId: 'cli' })

const kidOf = (accessToken: string): unknown =>
  Object(JSON.parse(Buffer.from(accessToken.split('.')[0] ?? '', 'base64url').toString())).kid

async function status(app: FastifyInstance, accessToken: string): Promise<number> {
  return (await app.inject({ url: '/', headers: { authorization: `Bearer ${accessToken}` } })).statusCode
}

for (const database of [sqlite, postgres, mariadb, redis]) {
  t.test(`servers on ${database.name} share their signing keys`, { skip: database.skip }, async (t) => {
    const place = (await database.open(t)).placeAt()
    const servers = await Promise.all([1, 2, 3].map(async () => startServer(t, place)))
    const tokens = await Promise.all(servers.map(token))
    const [one] = servers as [FastifyInstance, ...FastifyInstance[]]

    await t.test('servers that start together on an empty database sign with one key (SEC-39)', async (t) => {
      t.equal(new Set(tokens.map(kidOf)).size, 1)
      for (const app of servers) for (const each of tokens) t.equal(await status(app, each), 200)
    })

    await t.test('a server that starts later accepts earlier tokens (SEC-39, FAULT-24)', async (t) => {
      await one.close()
      const restarted = await startServer(t, place)
      for (const each of tokens) t.equal(await status(restarted, each), 200)
      t.equal(kidOf(await token(restarted)), kidOf(tokens[0] ?? ''))
    })

    await t.test('a new key is published before it signs, and the old one stays published (SEC-39)', async (t) => {
      const rotating = await startServer(t, place)
      await rotating.tokenEndpoint.rotateKeys()
      t.equal(rotating.tokenEndpoint.jwks().keys.length, 2)
      t.equal(kidOf(await token(rotating)), kidOf(tokens[0] ?? ''))

      const later = await startServer(t, place, OVERLAP)
      t.not(kidOf(await token(later)), kidOf(tokens[0] ?? ''))
      t.equal(await status(later, await token(later)), 200)
    })
  })
}
