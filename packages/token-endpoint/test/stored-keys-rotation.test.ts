import t from 'tap'
import { decodeProtectedHeader } from 'jose'
import { clock } from './fixtures/clock.ts'
import { DAY, followed, frail, kids, mockTimers, signedBy, start, verifies } from './fixtures/stored-keys.ts'

mockTimers(t)

t.test('publishes a key before it signs, and keeps it while its tokens are valid (SEC-39)', async (t) => {
  const shared = frail()
  const time = clock()
  const started = time.seconds
  const one = await start(t, { store: shared }, { now: time.now })
  const two = await start(t, { store: shared }, { now: time.now })
  const [old] = kids(one)

  time.seconds = started + 30 * DAY - 3_601
  const before = one.app.tokenEndpoint.jwks()
  await shared.read(2)
  t.equal(one.app.tokenEndpoint.jwks(), before, 'before the time of the rotation the object is the same')

  time.seconds = started + 30 * DAY - 3_600
  await followed(() => kids(one).length === 2 && kids(two).length === 2)
  t.same(kids(one), kids(two), 'one process created the key, and the other one read it')
  t.equal((await shared.signingKeys.list()).generation, 2)
  t.not(one.app.tokenEndpoint.jwks(), before, 'the object has changed')
  const [, next] = kids(one)
  t.same([await signedBy(one), await signedBy(two)], [old, old], 'the new key is published and does not sign yet')

  time.seconds = started + 30 * DAY - 1
  const last = (await two.login()).body.access_token
  t.equal(decodeProtectedHeader(last).kid, old)
  time.seconds = started + 30 * DAY
  const first = (await one.login()).body.access_token
  t.equal(decodeProtectedHeader(first).kid, next)
  for (const each of [one, two]) {
    await t.resolves(verifies(last, each, time.now), 'both verify during the overlap')
    await t.resolves(verifies(first, each, time.now))
  }

  time.seconds = started + 31 * DAY + 299
  await shared.read(2)
  t.same(kids(one), [old, next], 'a token can live for a day')
  time.seconds = started + 31 * DAY + 300
  await followed(() => kids(one).length < 2 && kids(two).length < 2)
  t.same([kids(one), kids(two)], [[next], [next]])
  t.same((await shared.signingKeys.list()).keys.length, 2, 'the key is stored until no process can sign with it')

  time.seconds = started + 38 * DAY + 300
  await followed(() => shared.asked.includes('removeExpired'))
  t.same(
    (await shared.signingKeys.list()).keys.map(({ kid }) => kid),
    [next]
  )
})

t.test('rotateKeys() creates one new key until that key signs (SEC-39)', async (t) => {
  const shared = frail()
  const time = clock()
  const keys = { store: shared, overlap: 600 }
  const one = await start(t, keys, { now: time.now })
  const two = await start(t, keys, { now: time.now })
  const [old] = kids(one)
  await Promise.all([one, two, one].map(({ app }) => app.tokenEndpoint.rotateKeys()))
  t.equal(kids(one).length, 2)
  t.same(kids(one), kids(two))
  t.equal(await signedBy(one), old)
  time.seconds += 600
  t.equal(await signedBy(one), kids(one)[1])
  await two.app.tokenEndpoint.rotateKeys()
  t.equal(kids(two).length, 3)
})

t.test('a process that reads a new key late can still verify tokens of other processes (FAULT-24)', async (t) => {
  const shared = frail()
  const time = clock()
  const one = await start(t, { store: shared }, { now: time.now })
  const two = await start(t, { store: shared }, { now: time.now })
  await one.app.tokenEndpoint.rotateKeys()
  t.same([kids(one).length, kids(two).length], [2, 1])
  await t.resolves(verifies((await one.login()).body.access_token, two, time.now))
  await followed(() => kids(two).length === 2)
  t.same(kids(two), kids(one))
})

t.test('a process with a slow clock signs with the existing key (FAULT-9)', async (t) => {
  const shared = frail()
  const time = clock()
  const one = await start(t, { store: shared }, { now: time.now })
  const slow = await start(t, { store: shared }, { now: () => time.now() - 5_000 })
  t.equal(await signedBy(slow), kids(one)[0])
  t.equal((await shared.signingKeys.list()).generation, 1)
})

t.test('a server that starts after a long time creates a key that signs at once (SEC-39)', async (t) => {
  const shared = frail()
  const time = clock()
  const [old] = kids(await start(t, { store: shared }, { now: time.now }))
  time.seconds += 37 * DAY - 1
  const soon = await start(t, { store: shared }, { now: time.now })
  t.same([kids(soon).length, kids(soon)[0]], [2, old])
  t.equal(await signedBy(soon), kids(soon)[1], 'the old key ends too soon to cover the overlap')
  time.seconds += 60 * DAY
  const late = await start(t, { store: shared }, { now: time.now })
  t.equal(kids(late).length, 1)
  t.equal(await signedBy(late), kids(late)[0])
  t.notOk(kids(soon).includes(kids(late)[0]))
})

t.test('a longer rotation does not extend the lifetime of existing keys (SEC-39)', async (t) => {
  const shared = frail()
  const time = clock()
  await start(t, { store: shared, rotateEvery: DAY }, { now: time.now })
  time.seconds += 8 * DAY - 3_600
  const longer = await start(t, { store: shared, rotateEvery: 365 * DAY }, { now: time.now })
  t.equal(kids(longer).length, 2)
})

t.test('all processes replace the keys that are removed from the store, as after a leak (SEC-39)', async (t) => {
  const shared = frail()
  const one = await start(t, { store: shared })
  const two = await start(t, { store: shared })
  const [leaked] = kids(one)
  await shared.signingKeys.removeExpired(Number.MAX_SAFE_INTEGER)
  await followed(() => [one, two].every((each) => ![leaked, undefined].includes(kids(each)[0])))
  t.same(kids(one), kids(two))
  t.notOk(kids(one).includes(leaked))
  t.equal(await signedBy(two), kids(one)[0])
})

t.test('existing EdDSA keys remain in use, and the next key is for ES256 (K28)', async (t) => {
  const shared = frail()
  const time = clock()
  const earlier = await start(t, { store: shared, alg: 'EdDSA' }, { now: time.now })
  const [old] = kids(earlier)
  const token = (await earlier.login()).body.access_token
  t.equal(decodeProtectedHeader(token).alg, 'EdDSA')

  const later = await start(t, { store: shared, overlap: 600 }, { now: time.now })
  await t.resolves(verifies(token, later, time.now))
  t.equal(await signedBy(later), old, 'no key is created before the next rotation')
  await later.app.tokenEndpoint.rotateKeys()
  await t.resolves(verifies(token, later, time.now))
  time.seconds += 600
  const next = (await later.login()).body.access_token
  t.same(decodeProtectedHeader(next), { alg: 'ES256', typ: 'at+jwt', kid: kids(later)[1] })
  await t.resolves(verifies(next, later, time.now))
  t.equal(kids(later)[0], old, 'the old key is still published')
})
