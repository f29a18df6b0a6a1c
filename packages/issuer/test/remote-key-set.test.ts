import { type RemoteKeySet, type RemoteKeySetOptions, remoteKeySet } from '@latchkey/issuer'
import type { CryptoKey } from 'jose'
import t from 'tap'
import { like, rejectsLike, throwsLike } from '@latchkey/exact'
import { stoppedClock } from './fixtures/clock.ts'
import { publicJwk } from './fixtures/keys.ts'
import { json, status, upstream } from './fixtures/upstream.ts'

t.test('finds the key for alg and kid, and fetches the keys once', async (t) => {
  const server = await upstream(t, json({ keys: [await publicJwk('a'), await publicJwk('b', 'EdDSA')] }))
  const keys = remoteKeySet(server.origin)
  t.same(server.asked, [])
  const found = await keys.find({ alg: 'ES256', kid: 'a' })
  like(t, found, { type: 'public', algorithm: { name: 'ECDSA' } })
  t.equal(await keys.find({ alg: 'ES256', kid: 'a' }), found)
  like(t, await keys.find({ alg: 'EdDSA' }), { algorithm: { name: 'Ed25519' } })
  t.equal(server.asked.length, 1)
})

t.test('calls the function that returns the URL before each fetch', async (t) => {
  const { clock, pass } = stoppedClock()
  const server = await upstream(t, json({ keys: [await publicJwk('a')] }))
  let asked = 0
  const keys = remoteKeySet(async () => `${server.origin}/${++asked}`, { clock })
  t.equal(asked, 0)
  t.ok(await keys.find({ alg: 'ES256' }))
  pass(600)
  t.ok(await keys.find({ alg: 'ES256' }))
  await server.received(2)
  t.same(server.asked, ['GET /1', 'GET /2'])
})

t.test('rejects with 503 when the function that returns the URL fails (SEC-53)', async (t) => {
  const cause = new Error('canary')
  const keys = remoteKeySet(() => Promise.reject(cause))
  await rejectsLike(t, keys.find({ alg: 'ES256' }), { code: 'LATCHKEY_UPSTREAM_UNREACHABLE', statusCode: 503, cause })
  for (const nowhere of [undefined, null, '']) {
    const keys = remoteKeySet(() => nowhere as never)
    await rejectsLike(t, keys.find({ alg: 'ES256' }), { code: 'LATCHKEY_UPSTREAM_REFUSED_URL', statusCode: 503 })
  }
})

t.test('finds no key if several keys fit a token without kid, or if two keys have the kid (SEC-51)', async (t) => {
  const { clock, pass } = stoppedClock()
  const shared = [await publicJwk('c'), await publicJwk('c')]
  const server = await upstream(t, json({ keys: [await publicJwk('a'), await publicJwk('b'), ...shared] }))
  const keys = remoteKeySet(server.origin, { clock })
  pass(100)
  t.equal(await keys.find({ alg: 'ES256' }), null)
  t.equal(await keys.find({ alg: 'ES256', kid: 'c' }), null)
  t.ok(await keys.find({ alg: 'ES256', kid: 'a' }))
  t.equal(server.asked.length, 1, 'no second fetch')
})

t.test('a key that the set repeats counts as one (K10)', async (t) => {
  const key = await publicJwk('a')
  const server = await upstream(t, json({ keys: [key, { ...key, use: 'sig' }, { ...key, kid: 'b' }] }))
  const keys = remoteKeySet(server.origin)
  like(t, await keys.find({ alg: 'ES256', kid: 'a' }), { type: 'public', algorithm: { name: 'ECDSA' } })
  like(t, await keys.find({ alg: 'ES256', kid: 'b' }), { type: 'public', algorithm: { name: 'ECDSA' } })
})

t.test('fetches nothing for an alg or a kid that no key can have (SEC-42, SEC-51, SEC-143)', async (t) => {
  const server = await upstream(t, json({ keys: [] }))
  const keys = remoteKeySet(server.origin)
  for (const alg of ['none', 'HS256', 'RSA1_5', '__proto__', '', undefined, ['ES256']]) {
    t.equal(await keys.find({ alg: alg as string }), null)
  }
  for (const kid of ['', 'k'.repeat(129), 7, null, ['a'], {}]) {
    t.equal(await keys.find({ alg: 'ES256', kid: kid as string }), null)
  }
  t.same(server.asked, [])
  t.equal(await keys.find({ alg: 'ES256', kid: 'k'.repeat(128) }), null)
  t.equal(server.asked.length, 1)
})

t.test('ignores jwk, jku and x5u in the header of a token (SEC-50)', async (t) => {
  const server = await upstream(t, json({ keys: [await publicJwk('a')] }))
  const keys = remoteKeySet(server.origin)
  const own = await publicJwk('own')
  const header = {
    alg: 'ES256',
    kid: 'own',
    jwk: own,
    jku: `${server.origin}/own`,
    x5u: `${server.origin}/own`,
    x5c: []
  }
  t.equal(await keys.find(header), null)
  t.same(server.asked, ['GET /'])
})

t.test('finds no key for the names of Object.prototype (SEC-154)', async (t) => {
  const server = await upstream(t, json({ keys: [await publicJwk('a')] }))
  const keys = remoteKeySet(server.origin)
  for (const kid of ['__proto__', 'constructor', 'toString', 'keys', '0', 'length']) {
    t.equal(await keys.find({ alg: 'ES256', kid }), null)
  }
})

t.test('finds the valid keys of a set beside invalid ones (SEC-43, SEC-145)', async (t) => {
  const good = await publicJwk('a')
  const server = await upstream(
    t,
    json({
      keys: [
        null,
        'key',
        { kty: 'oct', k: 'c2VjcmV0', alg: 'HS256', kid: 'a' },
        { kty: 'AKP', alg: 'ML-DSA-44', pub: 'AAAA', kid: 'a' },
        { ...good, use: 'enc' },
        { ...good, x: 'AAAA' },
        { ...(await publicJwk('a', 'RS256')), e: 'AQ' },
        good
      ]
    })
  )
  const keys = remoteKeySet(server.origin)
  t.ok(await keys.find({ alg: 'ES256', kid: 'a' }))
  t.equal(await keys.find({ alg: 'RS256', kid: 'a' }), null)
})

t.test('uses keys only with the allowed algorithms (SEC-42)', async (t) => {
  const { alg: _, ...unnamed } = await publicJwk('a')
  const server = await upstream(t, json({ keys: [unnamed, await publicJwk('b', 'EdDSA')] }))
  const algorithms = ['ES256']
  const keys = remoteKeySet(server.origin, { algorithms })
  algorithms.push('EdDSA')
  t.ok(await keys.find({ alg: 'ES256', kid: 'a' }))
  t.equal(await keys.find({ alg: 'EdDSA', kid: 'b' }), null)
  t.ok(
    await remoteKeySet(server.origin).find({ alg: 'ES256', kid: 'a' }),
    'a key without alg has the algorithm of its curve'
  )
})

t.test('accepts a set of at most 100 keys (SEC-142)', async (t) => {
  const key = await publicJwk('a')
  const server = await upstream(t, json({ keys: [...Array<object>(99).fill({}), key] }))
  t.ok(await remoteKeySet(server.origin).find({ alg: 'ES256' }))
  server.answer = json({ keys: [...Array<object>(100).fill({}), key] })
  await rejectsLike(t, remoteKeySet(server.origin).find({ alg: 'ES256' }), {
    code: 'LATCHKEY_UPSTREAM_TOO_LARGE',
    cause: { message: 'over 100 keys' }
  })
})

t.test('does not import a key that stays in the set again', async (t) => {
  const { clock, pass } = stoppedClock()
  const [a, b] = [await publicJwk('a'), await publicJwk('b')]
  const server = await upstream(t, json({ keys: [a] }))
  const keys = remoteKeySet(server.origin, { clock })
  const found = await keys.find({ alg: 'ES256', kid: 'a' })
  server.answer = json({ keys: [b, a] })
  pass(1)
  t.ok(await keys.find({ alg: 'ES256', kid: 'b' }))
  t.equal(await keys.find({ alg: 'ES256', kid: 'a' }), found)
})

for (const [name, options, message] of [
  [
    'an algorithm with a shared secret (SEC-42)',
    { algorithms: ['HS256'] },
    'remoteKeySet(): algorithms[0] must be one of RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384, ES512, EdDSA, Ed25519; got a string'
  ],
  [
    'an empty list of algorithms',
    { algorithms: [] },
    'remoteKeySet(): algorithms must be a list of at least one signature algorithm; got an empty list'
  ],
  [
    'a maxAge under the limit (SEC-143)',
    { maxAge: 29 },
    'remoteKeySet(): maxAge must be a whole number of seconds from 30 to 86400; got a number'
  ],
  [
    'a maxStale of 0',
    { maxStale: 0 },
    'remoteKeySet(): maxStale must be a whole number of seconds from 60 to 2678400; got a number'
  ],
  [
    'a timeout of 0',
    { timeout: 0 },
    'remoteKeySet(): timeout must be a whole number of milliseconds from 1 to 5000; got a number'
  ],
  ['a clock that is not a function', { clock: 7 }, 'remoteKeySet(): clock must be a function; got a number'],
  [
    'a log that is null',
    { log: null },
    'remoteKeySet(): log must be a logger with the methods info and warn; got null'
  ],
  [
    'a log without warn',
    { log: { info: () => {} } },
    'remoteKeySet(): log must be a logger with the methods info and warn; got an object'
  ],
  [
    'an unknown option (SEC-146)',
    { rejectUnauthorized: false },
    'remoteKeySet(): rejectUnauthorized does not exist. Fix: use one of timeout, maxStale, blockSpecialUse, log, clock, algorithms, maxAge'
  ]
] as const) {
  t.test(`throws a TypeError for options with ${name}`, async (t) => {
    const make = () => remoteKeySet('https://login.example.com/jwks', options as unknown as RemoteKeySetOptions)
    throwsLike(t, make, { name: 'RegistrationError', message })
  })
}

t.test('atHand() returns the key only for the alg and kid for which find() returns it (SEC-51)', async (t) => {
  const { clock, pass } = stoppedClock()
  const key = await publicJwk('a')
  const server = await upstream(t, json({ keys: [key] }))
  const keys = remoteKeySet(server.origin, { clock })
  const found = await findKey(keys)
  t.equal(keys.atHand({ alg: 'ES256' }), found)
  t.equal(keys.atHand({ alg: 'ES256', kid: 'b' }), null)
  t.equal(keys.atHand({ alg: 'ES384', kid: 'a' }), null)
  server.answer = json({ keys: [{ ...key, kid: 'renamed' }] })
  pass(31)
  t.equal(await keys.find({ alg: 'ES256', kid: 'renamed' }), found, 'the same key under another name')
  t.equal(keys.atHand(A), null)
  t.equal(keys.atHand({ alg: 'ES256', kid: 'renamed' }), found)
  server.answer = json({ keys: [key, await publicJwk('a'), await publicJwk('b')] })
  pass(31)
  t.ok(await keys.find({ alg: 'ES256', kid: 'b' }))
  t.equal(keys.atHand(A), null, 'two keys have this kid')
})

t.test('atHand() returns the key while it is in the set, and does not wait for a fetch (FAULT-5)', async (t) => {
  const { clock, pass } = stoppedClock()
  const first = await publicJwk('a')
  const server = await upstream(t, json({ keys: [first] }))
  const keys = remoteKeySet(server.origin, { clock })
  const found = await findKey(keys)
  t.equal(keys.atHand(A), found)
  t.not(keys.atHand(A), await findKey(remoteKeySet(server.origin)), 'a key of another set')
  server.answer = json({ keys: [first, await publicJwk('b')] })
  pass(600)
  t.equal(keys.atHand(A), found, 'the keys are due, and are fetched in the background')
  await server.received(3)
  t.ok(await keys.find({ alg: 'ES256', kid: 'b' }))
  t.equal(keys.atHand(A), found, 'the key is still in the set')
  server.answer = json({ keys: [] })
  pass(1200)
  t.equal(keys.atHand(A), null, 'the keys are long overdue')
  t.equal(await keys.find({ alg: 'ES256', kid: 'a' }), null)
  t.equal(keys.atHand(A), null)
})

t.test('atHand() returns null before the first fetch, and after maxStale (FAULT-3, SEC-144)', async (t) => {
  const { clock, pass } = stoppedClock()
  const server = await upstream(t, json({ keys: [await publicJwk('a')] }))
  const keys = remoteKeySet(server.origin, { clock, maxStale: 3600 })
  await findKey(remoteKeySet(server.origin))
  t.equal(keys.atHand(A), null)
  t.equal(server.asked.length, 1, 'atHand() does not fetch')
  const own = await findKey(keys)
  server.answer = status(500)
  pass(1200)
  t.equal(await findKey(keys), own)
  t.equal(keys.atHand(A), own, 'no newer keys are available')
  pass(2400)
  t.equal(keys.atHand(A), null)
})

/** The `alg` and `kid` in the header of a token. */
const A = { alg: 'ES256', kid: 'a' }

async function findKey(keys: RemoteKeySet): Promise<CryptoKey> {
  const found = await keys.find(A)
  if (found === null) throw new Error('there is no such key')
  return found
}
