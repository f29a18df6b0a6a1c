import { mock } from 'node:test'
import t from 'tap'
import { like, rejectsLike, throwsLike } from '@latchkey/exact'
import { StoreUnavailableError } from '@latchkey/store'
import { generateClientSecret } from '@latchkey/token-endpoint'
import { clock } from './fixtures/clock.ts'
import { DAY, followed, frail, kids, mockTimers, signedBy, start } from './fixtures/stored-keys.ts'
import { basic } from './fixtures/server.ts'

mockTimers(t)

t.test('the keys in memory sign, verify and are published while the store is down (FAULT-12)', async (t) => {
  const shared = frail()
  const time = clock()
  const lines: string[] = []
  const logger = { level: 'error', stream: { write: (line: string) => void lines.push(line) } }
  const started = await start(t, { store: shared }, { now: time.now }, { logger })
  const jwks = started.app.tokenEndpoint.jwks()
  shared.down = true
  time.seconds += 30 * DAY
  await followed(() => lines.length === 1)
  like(t, lines, [/those in memory stay in use/])
  t.equal(await signedBy(started), jwks.keys[0]?.kid)
  t.equal((await started.app.inject('/jwks')).statusCode, 200)
  t.equal(started.app.tokenEndpoint.jwks(), jwks)
  await t.rejects(started.app.tokenEndpoint.rotateKeys(), StoreUnavailableError)

  shared.down = false
  await followed(() => kids(started).length === 2)
  t.equal(kids(started).length, 2, 'the rotation continues')

  shared.down = true
  time.seconds += 40 * DAY
  const { status, body, headers } = await started.login()
  like(
    t,
    [status, body.error, headers['retry-after']],
    [503, 'temporarily_unavailable', '30'],
    'the last key has expired'
  )
})

t.test('retires keys on time while the store is down (SEC-39, FAULT-12)', async (t) => {
  const shared = frail()
  const time = clock()
  const started = await start(t, { store: shared }, { now: time.now })
  await started.app.tokenEndpoint.rotateKeys()
  const [, next] = kids(started)
  shared.down = true
  time.seconds += 3_600 + DAY + 300
  await followed(() => kids(started).length === 1)
  t.same(kids(started), [next])
})

t.test(
  'tokens and keys are answered 503 when the store is down at the start, until it answers (FAULT-1, FAULT-12)',
  async (t) => {
    const shared = frail()
    shared.down = true
    const started = await start(t, { store: shared })
    const refused = await started.login()
    like(t, refused, { status: 503, body: { error: 'temporarily_unavailable' }, headers: { 'retry-after': '30' } })
    const jwks = await started.app.inject('/jwks')
    like(t, [jwks.statusCode, jwks.headers['cache-control'], jwks.headers['retry-after']], [503, 'no-store', '30'])
    throwsLike(t, () => started.app.tokenEndpoint.jwks(), { name: 'FastifyError', message: 'There is no signing key' })
    shared.down = false
    await followed(() => kids(started).length === 1)
    like(t, await started.login(), { status: 200 })
  }
)

t.test('introspection and revocation are answered 503 when there are no keys (SEC-90, FAULT-13)', async (t) => {
  const { clientSecret, clientSecretHash } = generateClientSecret()
  const shared = Object.assign(frail(), { down: true })
  const clients = [{ clientId: 'api', clientSecretHash, grantTypes: [] }]
  const { introspect, revoke } = await start(t, { store: shared }, { clients })
  for (const ask of [introspect, revoke]) {
    const answer = await ask('e30.e30.e30', {}, { headers: basic('api', clientSecret) })
    like(t, answer, { status: 503, body: { error: 'temporarily_unavailable' }, headers: { 'retry-after': '30' } })
  }
})

t.test('another failure of the store prevents the start (SEC-153)', async (t) => {
  const broken = Object.assign(frail(), { down: true, error: new Error('no such table') })
  await rejectsLike(t, start(t, { store: broken }), { message: 'no such table' })
})

t.test('close() ends the timer, and waits for work in progress (FAULT-23)', async (t) => {
  const shared = frail()
  const { app } = await start(t, { store: shared })
  const rotation = app.tokenEndpoint.rotateKeys()
  await app.close()
  await rotation
  const asked = shared.asked.length
  mock.timers.tick(60_000)
  t.equal(shared.asked.length, asked)
})

t.test('close() during a read of the store starts no other read (FAULT-23)', async (t) => {
  const shared = frail()
  const { app } = await start(t, { store: shared })
  const asked = shared.asked.length
  mock.timers.tick(30_000)
  await app.close()
  t.equal(shared.asked.length, asked + 1)
  mock.timers.tick(60_000)
  t.equal(shared.asked.length, asked + 1)
})
