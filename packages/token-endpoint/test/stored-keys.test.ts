import { randomBytes } from 'node:crypto'
import t from 'tap'
import { like, rejectsLike, throwsLike } from '@latchkey/exact'
import { memoryStore } from '@latchkey/store/memory'
import { storedKeys, type StoredKeysOptions } from '@latchkey/token-endpoint'
import { clock } from './fixtures/clock.ts'
import { DAY, followed, frail, kids, mockTimers, secret, signedBy, start, verifies } from './fixtures/stored-keys.ts'

mockTimers(t)

const otherSecret = randomBytes(48).toString('base64')

t.test('creates the first key, which signs at once and survives a restart (SEC-39)', async (t) => {
  const shared = frail()
  const first = await start(t, { store: shared })
  t.equal(kids(first).length, 1)
  const token = (await first.login()).body.access_token
  await t.resolves(verifies(token, first))
  t.same(first.app.tokenEndpoint.algorithms, ['ES256', 'RS256', 'Ed25519', 'EdDSA'])
  await first.app.close()
  const second = await start(t, { store: shared })
  await t.resolves(verifies(token, second))
  t.equal(await signedBy(second), kids(first)[0])
})

for (const alg of ['ES256', 'RS256', 'Ed25519', 'EdDSA'] as const) {
  t.test(`publishes only the public members of a stored ${alg} key (SEC-38)`, async (t) => {
    const { app } = await start(t, { store: frail(), alg })
    const { keys } = (await app.inject('/jwks')).json()
    like(t, keys, [{ alg, use: 'sig', kid: /^[\w-]{43}$/ }])
    for (const member of ['d', 'p', 'q', 'dp', 'dq', 'qi', 'k']) t.notOk(member in keys[0], member)
  })
}

t.test('one of several processes that start together creates the first key, and all use it (FAULT-24)', async (t) => {
  const shared = frail()
  const servers = await Promise.all(Array.from({ length: 5 }, () => start(t, { store: shared })))
  t.equal((await shared.signingKeys.list()).generation, 1)
  const [kid] = (await shared.signingKeys.list()).keys.map((key) => key.kid)
  for (const each of servers) t.same([kids(each), await signedBy(each)], [[kid], kid])
})

t.test('stored keys are encrypted, and another secret does not decrypt them (SEC-35)', async (t) => {
  const shared = frail()
  await start(t, { store: shared })
  const { keys } = await shared.signingKeys.list()
  like(t, keys, [{ key: /^eyJ[\w-]+\.\.[\w-]+\.[\w-]+\.[\w-]+$/ }])
  t.notMatch(Buffer.from(keys[0]?.key.split('.')[0] ?? '', 'base64url').toString(), /"d"|"x"/)
  const started = start(t, { store: shared, secrets: [otherSecret] })
  await rejectsLike(t, started, {
    code: 'LATCHKEY_REGISTRATION',
    message:
      'storedKeys(): secrets must open a signing key in the store; they open none. Fix: give the secret that they were sealed with as well, or remove them all with store.signingKeys.removeExpired(Number.MAX_SAFE_INTEGER)'
  })
})

t.test('secrets rotate: any secret decrypts, the first encrypts (SEC-35, FAULT-24)', async (t) => {
  const shared = frail()
  const [kid] = kids(await start(t, { store: shared }))
  const both = await start(t, { store: shared, secrets: [otherSecret, secret] })
  t.same(kids(both), [kid])
  await both.app.tokenEndpoint.rotateKeys()
  t.same(kids(await start(t, { store: shared, secrets: [secret, otherSecret] })), kids(both))

  const lines: string[] = []
  const logger = { level: 'error', stream: { write: (line: string) => void lines.push(line) } }
  const behind = await start(t, { store: shared }, {}, { logger })
  t.same(kids(behind), [kid], 'a key that cannot be decrypted is left out')
  like(t, lines, [/A signing key cannot be opened/])
  await shared.read(3)
  t.equal(lines.length, 1, 'the log names it once')
})

t.test('write access to the store does not allow adding a key or extending one (SEC-35)', async (t) => {
  const shared = frail()
  const time = clock()
  const honest = await start(t, { store: shared }, { now: time.now })
  const { generation, keys } = await shared.signingKeys.list()
  const sealedElsewhere = frail()
  await start(t, { store: sealedElsewhere, secrets: [otherSecret] }, { now: time.now })
  const [forged] = (await sealedElsewhere.signingKeys.list()).keys
  await shared.signingKeys.add({ ...forged!, activeFrom: 0 }, generation)
  await shared.signingKeys.removeExpired(keys[0]!.expiresAt)
  await shared.signingKeys.add({ ...keys[0]!, expiresAt: 2 ** 40 }, generation + 1)
  time.seconds += 37 * DAY
  await followed(() => kids(honest).length > 1)
  t.not(await signedBy(honest), keys[0]!.kid)
  t.notOk(kids(honest).includes(forged!.kid))
})

const good = (): StoredKeysOptions => ({ store: memoryStore(), secrets: [secret] })
for (const [name, option, value, message] of [
  [
    'an unknown option',
    'secret',
    secret,
    'storedKeys(): secret does not exist. Fix: use one of store, secrets, alg, rotateEvery, overlap'
  ],
  [
    'no store',
    'store',
    undefined,
    'storedKeys(): store must have signingKeys, as the stores of @latchkey/store do; got undefined'
  ],
  [
    'a store without signing keys',
    'store',
    { refreshTokens: {} },
    'storedKeys(): store must have signingKeys, as the stores of @latchkey/store do; got an object'
  ],
  [
    'a store without add()',
    'store',
    { signingKeys: { ...frail().signingKeys, add: undefined } },
    'storedKeys(): store must have signingKeys, as the stores of @latchkey/store do; got an object'
  ],
  [
    'a store of null',
    'store',
    null,
    'storedKeys(): store must have signingKeys, as the stores of @latchkey/store do; got null'
  ],
  [
    'no secrets',
    'secrets',
    undefined,
    'storedKeys(): secrets must be a list of at least one secret, such as [process.env.SECRET]; got undefined'
  ],
  [
    'an empty list of secrets',
    'secrets',
    [],
    'storedKeys(): secrets must be a list of at least one secret, such as [process.env.SECRET]; got an empty list'
  ],
  [
    'a secret of undefined',
    'secrets',
    [undefined],
    'storedKeys(): secrets[0] must be 32 random bytes or more in base64url, base64 or hex, as "openssl rand -base64 32" prints them; got nothing. Fix: set the environment variable that it is read from'
  ],
  [
    'secrets as a text',
    'secrets',
    secret,
    'storedKeys(): secrets must be a list of at least one secret, such as [process.env.SECRET]; got a string'
  ],
  [
    'a secret of 31 bytes',
    'secrets',
    [randomBytes(31).toString('base64url')],
    'storedKeys(): secrets[0] must be 32 random bytes or more in base64url, base64 or hex, as "openssl rand -base64 32" prints them; got less than 32 bytes'
  ],
  [
    'a short secret after a valid one (SEC-34)',
    'secrets',
    [secret, secret.slice(1)],
    'storedKeys(): secrets[1] must be 32 random bytes or more in base64url, base64 or hex, as "openssl rand -base64 32" prints them; got less than 32 bytes'
  ],
  [
    'a repeated letter (SEC-33)',
    'secrets',
    ['a'.repeat(64)],
    'storedKeys(): secrets[0] must be 32 random bytes or more in base64url, base64 or hex, as "openssl rand -base64 32" prints them; got a secret that repeats itself, or looks like a placeholder'
  ],
  [
    'a repeated word (SEC-33)',
    'secrets',
    ['correcthorsebatterystaple'.repeat(2)],
    'storedKeys(): secrets[0] must be 32 random bytes or more in base64url, base64 or hex, as "openssl rand -base64 32" prints them; got a secret that repeats itself, or looks like a placeholder'
  ],
  [
    'a placeholder (SEC-33)',
    'secrets',
    ['please-change-me-to-something-long-and-quite-random-0'],
    'storedKeys(): secrets[0] must be 32 random bytes or more in base64url, base64 or hex, as "openssl rand -base64 32" prints them; got a secret that repeats itself, or looks like a placeholder'
  ],
  [
    'a sentence (SEC-33)',
    'secrets',
    ['it is a truth universally acknowledged, that a single man'],
    'storedKeys(): secrets[0] must be 32 random bytes or more in base64url, base64 or hex, as "openssl rand -base64 32" prints them; got characters that none of the three encodings has'
  ],
  [
    'PEM text (SEC-37)',
    'secrets',
    ['-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIA\n-----END PRIVATE KEY-----'],
    'storedKeys(): secrets[0] must be 32 random bytes or more in base64url, base64 or hex, as "openssl rand -base64 32" prints them; got a key as PEM or JWK'
  ],
  [
    'the JSON of a JWK (SEC-37)',
    'secrets',
    ['{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}'],
    'storedKeys(): secrets[0] must be 32 random bytes or more in base64url, base64 or hex, as "openssl rand -base64 32" prints them; got a key as PEM or JWK'
  ],
  [
    'bytes',
    'secrets',
    [randomBytes(32)],
    'storedKeys(): secrets[0] must be 32 random bytes or more in base64url, base64 or hex, as "openssl rand -base64 32" prints them; got a value that is no string'
  ],
  [
    'an algorithm with a shared secret',
    'alg',
    'HS256',
    "storedKeys(): alg must be 'ES256' or 'RS256' or 'Ed25519' or 'EdDSA'; got a string"
  ],
  [
    'an overlap that is shorter than the caching',
    'overlap',
    359,
    'storedKeys(): overlap must be a whole number of seconds from 360 to 86400; got a number'
  ],
  [
    'an overlap above a day',
    'overlap',
    DAY + 1,
    'storedKeys(): overlap must be a whole number of seconds from 360 to 86400; got a number'
  ],
  [
    'an overlap as long as the rotation',
    'overlap',
    30 * DAY,
    'storedKeys(): overlap must be a whole number of seconds from 360 to 86400; got a number'
  ],
  [
    'a rotation every minute',
    'rotateEvery',
    60,
    'storedKeys(): rotateEvery must be a whole number of seconds from 3600 to 31536000; got a number'
  ],
  [
    'a rotation every two years',
    'rotateEvery',
    2 * 365 * DAY,
    'storedKeys(): rotateEvery must be a whole number of seconds from 3600 to 31536000; got a number'
  ]
] as const) {
  t.test(`refuses ${name} at once, and names the option (SEC-153)`, async (t) => {
    // The types forbid most of these; JavaScript callers may pass them.
    const given = { ...good(), [option]: value }
    throwsLike(t, () => storedKeys(given), {
      code: 'LATCHKEY_REGISTRATION',
      message
    })
  })
}

t.test('an overlap must be shorter than the rotation, and the default is (SEC-39)', async (t) => {
  throwsLike(t, () => storedKeys({ ...good(), rotateEvery: 3_600, overlap: 3_600 }), {
    message: 'storedKeys(): overlap must be less than rotateEvery'
  })
  t.ok(storedKeys({ ...good(), rotateEvery: 3_600 }))
  t.ok(storedKeys({ ...good(), secrets: [randomBytes(32).toString('hex'), randomBytes(32).toString('base64')] }))
})
