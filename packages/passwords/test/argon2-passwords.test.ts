import { RegistrationError } from '@latchkey/guard'
import { argon2Passwords, hashPassword, type PasswordUser } from '@latchkey/passwords'
import * as argon2 from '@node-rs/argon2'
import t from 'tap'
import { contains, like, rejectsLike, throwsLike } from '@latchkey/exact'
import { passwordContext } from './fixtures/password-context.ts'

const WEAK = { memoryCost: 1024, timeCost: 1, parallelism: 1 }
const UNUSABLE_HASHES: [name: string, passwordHash: string | null][] = [
  ['no password', null],
  ['an empty hash', ''],
  ['a truncated hash', '$argon2id$v=19$m=19456,t=2,p=1$R/kMqDzBi7sY9tWRuL+O0g$T0fqA8RHLnRvzeEE88GGISuPbvdJKA1'],
  ['a hash without a salt', '$argon2id$v=19$m=19456,t=2,p=1$$T0fqA8RHLnRvzeEE88GGISuPbvdJKA1/7xR7R9vP5kY'],
  ['a bcrypt hash', '$2b$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy'],
  ['the password itself', 'secret'],
  [
    'a hash that asks for 4 TiB of memory',
    '$argon2id$v=19$m=4294967295,t=2,p=1$R/kMqDzBi7sY9tWRuL+O0g$T0fqA8RHLnRvzeEE88GGISuPbvdJKA1/7xR7R9vP5kY'
  ],
  [
    'a hash that asks for four thousand million passes',
    '$argon2id$v=19$m=19456,t=4294967295,p=1$R/kMqDzBi7sY9tWRuL+O0g$T0fqA8RHLnRvzeEE88GGISuPbvdJKA1/7xR7R9vP5kY'
  ]
]

t.test('returns subject and scopes of the user for the right password, and no other columns', async (t) => {
  const passwordHash = await hashPassword('secret')
  const verifyPassword = argon2Passwords({
    findUser: (username) => ({ subject: 'u1', passwordHash, scopes: ['items:read'], email: username })
  })
  const { context } = passwordContext()
  t.strictSame(await verifyPassword({ username: 'ada', password: 'secret' }, context), {
    subject: 'u1',
    scopes: ['items:read']
  })
  t.equal(await verifyPassword({ username: 'ada', password: 'Secret' }, context), null)
})

t.test('returns the claims of the user, and no scopes if the user has none', async (t) => {
  const passwordHash = await hashPassword('secret')
  const verifyPassword = argon2Passwords({
    findUser: () => ({ subject: 'u1', passwordHash, claims: { role: 'editor' } })
  })
  t.strictSame(await verifyPassword({ username: 'ada', password: 'secret' }, passwordContext().context), {
    subject: 'u1',
    claims: { role: 'editor' }
  })
})

for (const nothing of [null, undefined]) {
  t.test(`returns null when findUser returns ${nothing} (SEC-16)`, async (t) => {
    const verifyPassword = argon2Passwords({ findUser: async () => nothing })
    t.equal(await verifyPassword({ username: 'ada', password: 'secret' }, passwordContext().context), null)
  })
}

// A database row may have other values for the same meaning.
for (const disabled of [true, 1 as unknown as boolean]) {
  t.test(`returns null for a user whose disabled is ${disabled}, with any password (SEC-16)`, async (t) => {
    const passwordHash = await argon2.hash('secret', WEAK)
    const verifyPassword = argon2Passwords({
      findUser: async () => ({ subject: 'u1', passwordHash, scopes: [], disabled }),
      storeHash: async () => t.fail('stored a hash for a disabled user')
    })
    const { context } = passwordContext()
    t.equal(await verifyPassword({ username: 'ada', password: 'secret' }, context), null)
    t.equal(await verifyPassword({ username: 'ada', password: 'wrong' }, context), null)
  })
}

for (const [name, passwordHash] of UNUSABLE_HASHES) {
  t.test(`returns null for a user with ${name}, as for a wrong password (SEC-16)`, async (t) => {
    const verifyPassword = argon2Passwords({ findUser: async () => ({ subject: 'u1', passwordHash, scopes: [] }) })
    const { context, logged } = passwordContext()
    t.equal(await verifyPassword({ username: 'ada', password: 'secret' }, context), null)
    const message =
      'The stored password hash of this user cannot be used: it is none of argon2, is malformed or costs too much. Fix: name its form in legacyHashes, or set it anew'
    t.strictSame(logged, passwordHash ? [{ level: 'error', details: { subject: 'u1' }, message }] : [])
  })
}

t.test('verifies one hash of the same cost for every user name (SEC-17)', async (t) => {
  const verified: string[] = []
  const { argon2Passwords } = await t.mockImport<typeof import('@latchkey/passwords')>('../src/index.ts', {
    '@node-rs/argon2': t.createMock(argon2, {
      verify: async (passwordHash: string, password: string) => {
        verified.push(passwordHash)
        return argon2.verify(passwordHash, password)
      },
      hash: async () => t.fail('hashed a password')
    })
  })
  const parameters = { memoryCost: 9_216, timeCost: 4, parallelism: 2 }
  const passwordHash = await hashPassword('secret', parameters)
  const users = new Map<string, PasswordUser>([
    ['ada', { subject: 'u1', passwordHash, scopes: [] }],
    ['disabled', { subject: 'u2', passwordHash, scopes: [], disabled: true }],
    ...UNUSABLE_HASHES.map(([name, hash]) => [name, { subject: name, passwordHash: hash, scopes: [] }] as const)
  ])
  const verifyPassword = argon2Passwords({ ...parameters, findUser: (username) => users.get(username) })
  const { context } = passwordContext()
  const askedFor = [...users.keys(), 'nobody', '__proto__', 'constructor']
  for (const username of askedFor) await verifyPassword({ username, password: 'guess' }, context)

  t.equal(verified.length, askedFor.length)
  for (const hash of verified) {
    t.match(hash, /^\$argon2id\$v=19\$m=9216,t=4,p=2\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/)
  }
  t.same(new Set(verified).size, 2, 'the hash of the two users, and the stand-in for all others')
})

t.test('returns null for the names of Object.prototype (SEC-154)', async (t) => {
  const verifyPassword = argon2Passwords({ findUser: (username) => new Map().get(username) })
  for (const username of ['__proto__', 'constructor', 'toString', 'hasOwnProperty']) {
    t.equal(await verifyPassword({ username, password: 'secret' }, passwordContext().context), null)
  }
})

/* eslint-disable @typescript-eslint/no-unsafe-enum-assignment -- argon2 declares const enums, which a file that is
   compiled by itself cannot name */
const lagging: [name: string, options: argon2.Options][] = [
  ['less memory', { memoryCost: 1024 }],
  ['fewer passes', { timeCost: 1 }],
  ['argon2i', { algorithm: 1 }],
  ['argon2d', { algorithm: 0 }],
  ['argon2 version 1.0', { version: 0 }],
  ['a shorter salt', { salt: Buffer.alloc(8, 'salt') }],
  ['a shorter output', { outputLen: 16 }]
]
/* eslint-enable @typescript-eslint/no-unsafe-enum-assignment */

for (const [name, options] of lagging) {
  t.test(`replaces a hash with ${name} once, after a sign-in (SEC-32)`, async (t) => {
    const user = { subject: 'u1', passwordHash: await argon2.hash('secret', options), scopes: ['items:read'] }
    const stored: string[] = []
    const verifyPassword = argon2Passwords({
      findUser: async () => ({ ...user }),
      storeHash: async (found, passwordHash) => {
        t.strictSame(found, user)
        stored.push(passwordHash)
        user.passwordHash = passwordHash
      }
    })
    const { context, logged } = passwordContext()
    t.equal(await verifyPassword({ username: 'ada', password: 'wrong' }, context), null)
    t.strictSame(stored, [])
    for (const signIn of [1, 2]) {
      like(t, await verifyPassword({ username: 'ada', password: 'secret' }, context), { subject: 'u1' })
      t.equal(stored.length, 1, `after sign-in ${signIn}`)
    }
    contains(t, stored[0], '$argon2id$v=19$m=19456,t=2,p=1$')
    t.strictSame(logged, [])
  })
}

t.test('keeps a hash that is at least as strong as the parameters (SEC-32)', async (t) => {
  for (const parameters of [{}, { memoryCost: 20_480 }, { timeCost: 3 }, { parallelism: 2 }]) {
    const passwordHash = await hashPassword('secret', parameters)
    const verifyPassword = argon2Passwords({
      findUser: async () => ({ subject: 'u1', passwordHash, scopes: [] }),
      storeHash: async () => t.fail('stored another hash')
    })
    like(t, await verifyPassword({ username: 'ada', password: 'secret' }, passwordContext().context), { subject: 'u1' })
  }
})

t.test('keeps a weak hash without storeHash (SEC-32)', async (t) => {
  const passwordHash = await argon2.hash('secret', WEAK)
  const verifyPassword = argon2Passwords({ findUser: async () => ({ subject: 'u1', passwordHash, scopes: [] }) })
  const { context, logged } = passwordContext()
  like(t, await verifyPassword({ username: 'ada', password: 'secret' }, context), { subject: 'u1' })
  t.strictSame(logged, [])
})

t.test('signs the user in when storeHash fails, and logs that without a hash (SEC-32)', async (t) => {
  const passwordHash = await argon2.hash('secret', WEAK)
  const verifyPassword = argon2Passwords({
    findUser: async () => ({ subject: 'u1', passwordHash, scopes: [] }),
    storeHash: async (user, hash) => {
      throw new Error(`update users set hash = '${hash}' where hash = '${user.passwordHash}': connection lost`)
    }
  })
  const { context, logged } = passwordContext()
  like(t, await verifyPassword({ username: 'ada', password: 'secret' }, context), { subject: 'u1' })
  t.strictSame(logged, [
    {
      level: 'warn',
      details: {
        subject: 'u1',
        reason: "Error: update users set hash = '[password hash]' where hash = '[password hash]': connection lost"
      },
      message: 'The stronger password hash of this user could not be stored'
    }
  ])
})

t.test('signs the user in when storeHash does not finish (SEC-32)', async (t) => {
  const passwordHash = await argon2.hash('secret', WEAK)
  const verifyPassword = argon2Passwords({
    findUser: async () => ({ subject: 'u1', passwordHash, scopes: [] }),
    storeHash: () => new Promise(() => undefined)
  })
  like(t, await verifyPassword({ username: 'ada', password: 'secret' }, passwordContext().context), { subject: 'u1' })
})

t.test('rejects with the error of findUser (FAULT-28)', async (t) => {
  const down = new Error('connection refused')
  const verifyPassword = argon2Passwords({
    findUser: () => {
      throw down
    }
  })
  await rejectsLike(t, verifyPassword({ username: 'ada', password: 'secret' }, passwordContext().context), down)
})

const wrong: [name: string, options: object, option: string][] = [
  ['without findUser', {}, 'findUser must be a function; got undefined'],
  ['with a findUser that is not a function', { findUser: {} }, 'findUser must be a function; got an object'],
  [
    'with a storeHash that is not a function',
    { findUser: () => null, storeHash: true },
    'storeHash must be a function; got a boolean'
  ],
  [
    'with fewer passes than OWASP recommends (SEC-31)',
    { findUser: () => null, timeCost: 1 },
    'memoryCost is too weak for timeCost 1. Fix: use at least 47104 KiB with timeCost 1, 19456 KiB with timeCost 2, 12288 KiB with timeCost 3, 9216 KiB with timeCost 4, 7168 KiB with timeCost 5'
  ],
  [
    'with less memory than OWASP recommends (SEC-31)',
    { findUser: () => null, memoryCost: 4_096 },
    'memoryCost must be a whole number of KiB from 7168 to 1048576; got a number'
  ],
  [
    'with more lanes than argon2 allows',
    { findUser: () => null, parallelism: 256 },
    'parallelism must be a whole number of lanes from 1 to 255; got a number'
  ],
  [
    'with concurrentHashes 0',
    { findUser: () => null, concurrentHashes: 0 },
    'concurrentHashes must be a whole number of hashes from 1 to 1024; got a number'
  ],
  [
    'with a negative waitingHashes',
    { findUser: () => null, waitingHashes: -1 },
    'waitingHashes must be a whole number of requests from 0 to 100000; got a number'
  ],
  [
    'with an infinite longestWait',
    { findUser: () => null, longestWait: Infinity },
    'longestWait must be a whole number of seconds from 1 to 60; got a number'
  ],
  [
    'with an unknown option',
    { findUser: () => null, pepper: 'x' },
    'pepper does not exist. Fix: use one of findUser, storeHash, memoryCost, timeCost, parallelism, concurrentHashes, waitingHashes, longestWait, legacyHashes, secret'
  ]
]

for (const [name, options, message] of wrong) {
  t.test(`argon2Passwords() throws ${name}`, async (t) => {
    throwsLike(t, () => argon2Passwords(options as Parameters<typeof argon2Passwords>[0]), {
      constructor: RegistrationError,
      message: `argon2Passwords(): ${message}`
    })
  })
}
