import Fastify, { type FastifyInstance } from 'fastify'
import t, { type Test } from 'tap'
import { like } from '@latchkey/exact'
import guard from '@latchkey/guard'
import passwordGrant from '@latchkey/password-grant'
import tokenEndpoint, { storedKeys } from '@latchkey/token-endpoint'
import { openStorage, type Place } from '../../examples/storage.ts'
import { mariadb, postgres, redis, sqlite } from '../databases.ts'
import { injectForm } from '../inject-form.ts'

const DAY = 86_400_000
const secrets = ['q7Zk1m0c9bT2f4Wl8sXv3yRj6nHp5dGa-QeUiOoLKJH']
const issuer = 'http://localhost:3000'

/** A process whose clock is ahead of the database's. */
async function start(t: Test, place: Place, ahead = 0): Promise<FastifyInstance> {
  const store = await openStorage(place)
  const now = (): number => Date.now() + ahead
  const app = Fastify()
  app.addHook('onClose', async () => store.close())
  t.teardown(() => app.close())
  await app.register(guard)
  const keys = storedKeys({ store, secrets })
  await app.register(tokenEndpoint, { issuer, audience: issuer, keys, store, now })
  await app.register(passwordGrant, {
    verifyPassword: async ({ username }) => ({ subject: username, scopes: [] }),
    now
  })
  await app.ready()
  return app
}

async function token(app: FastifyInstance, form: Record<string, string>) {
  const { statusCode, headers, body } = await injectForm(app, '/token', form)
  return { statusCode, headers, body: JSON.parse(body) as Record<string, string> }
}

const login = (app: FastifyInstance, username: string) =>
  token(app, { grant_type: 'password', username, password: 'any' })
const refresh = (app: FastifyInstance, of: { body: Record<string, string> }) =>
  token(app, { grant_type: 'refresh_token', refresh_token: of.body['refresh_token'] ?? '' })
const kids = (app: FastifyInstance): unknown[] => app.tokenEndpoint.jwks().keys.map(({ kid }) => kid)

for (const database of [sqlite, postgres, mariadb, redis]) {
  t.test(`a process 100 days ahead deletes nothing on ${database.name} (K16)`, { skip: database.skip }, async (t) => {
    const place = (await database.open(t)).placeAt()
    const right = await start(t, place)
    const alice = await login(right, 'alice')
    const published = kids(right)
    const wrong = await start(t, place, 100 * DAY)
    like(t, await login(wrong, 'bob'), { statusCode: 200 })
    t.same(kids(await start(t, place)), published, 'the keys did not change')
    like(t, await refresh(right, alice), { statusCode: 200 })
  })

  for (const ahead of [60, 300, 3_600]) {
    t.test(
      `revokeAll by a process ${ahead} s ahead on ${database.name} does not prevent a sign-in (K16)`,
      { skip: database.skip },
      async (t) => {
        const place = (await database.open(t)).placeAt()
        const [right, wrong] = [await start(t, place), await start(t, place, ahead * 1_000)]
        const before = await login(right, 'alice')
        await wrong.tokenEndpoint.revokeAll('alice')
        like(t, await refresh(right, before), { statusCode: 400, body: { error: 'invalid_grant' } })
        let after = await login(right, 'alice')
        // Once, where the process has not heard of the revocation before the login.
        if (after.statusCode === 503) {
          like(t, after, { headers: { 'retry-after': '1' } })
          after = await login(right, 'alice')
        }
        like(t, after, { statusCode: 200, headers: { 'retry-after': undefined } })
      }
    )
  }
}
