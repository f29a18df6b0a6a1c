import { RegistrationError } from '@latchkey/guard'
import {
  argon2Passwords,
  bcryptHashes,
  djangoBcryptHashes,
  hashPassword,
  type LegacyHashes,
  pbkdf2Hashes,
  scryptHashes,
  scryptHexHashes
} from '@latchkey/passwords'
import * as argon2 from '@node-rs/argon2'
import * as bcrypt from '@node-rs/bcrypt'
import t from 'tap'
import { contains, like, throwsLike } from '@latchkey/exact'
import { passwordContext } from './fixtures/password-context.ts'

const BCRYPT = bcryptHashes({ cost: 4 })
const DJANGO_BCRYPT = djangoBcryptHashes({ cost: 4 })
const SHA1 = pbkdf2Hashes({ digest: 'sha1', iterations: 1000 })
const SHA256 = pbkdf2Hashes({ digest: 'sha256', iterations: 1000 })
const SHA512 = pbkdf2Hashes({ digest: 'sha512', iterations: 1000 })
const SCRYPT = scryptHashes({ cost: 1024, blockSize: 8, parallelization: 1 })
const SCRYPT_HEX = scryptHexHashes({ cost: 65_536, blockSize: 8, parallelization: 2 })
const ALL = [BCRYPT, DJANGO_BCRYPT, SHA1, SHA256, SHA512, SCRYPT, SCRYPT_HEX]
const UNKNOWN = /is none of argon2, .* Fix: name its form in legacyHashes/

// crypt_blowfish publishes the hash of U*U, RFC 7914 the key of $scrypt$ln=10, and passlib's documentation two hashes of
// "password". The hashes of "secret" were made with hashlib.pbkdf2_hmac() and hashlib.scrypt() of Python, and the last bcrypt
// hash with @node-rs/bcrypt, of the SHA-256 in hexadecimal as Django does.
const UU = '05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW'
const vectors: [form: LegacyHashes, password: string, passwordHash: string][] = [
  [BCRYPT, 'U*U', `$2a$${UU}`],
  [BCRYPT, 'U*U', `$2b$${UU}`],
  [BCRYPT, 'U*U', `$2y$${UU}`],
  [DJANGO_BCRYPT, 'secret', 'bcrypt_sha256$$2b$04$BTD043g/KdkxC.I506uLC.HL823zwJjq4/EGsLWMo50rbuGQTtFvC'],
  [SHA1, 'secret', 'pbkdf2_sha1$1000$seasalt$479Zup/w5R6ptaWDmRzkiSxBZWQ='],
  [SHA256, 'secret', 'pbkdf2_sha256$1000$seasalt$+hs9qSCcGyNSGDNojIEbomuX9WI/mzTF5yfwAXqyKOo='],
  [SHA256, 'password', '$pbkdf2-sha256$6400$.6UI/S.nXIk8jcbdHx3Fhg$98jZicV16ODfEsEZeYPGHU3kbrUrvUEXOPimVSQDD44'],
  [SHA256, 'secret', '$pbkdf2-sha256$i=1000$MDEyMzQ1Njc4OWFiY2RlZg$tiKWHy4FAGCWE8gn6GtKhaxD2OeeAUUWXFT/p1aaNl8'],
  [
    SHA512,
    'secret',
    '$pbkdf2-sha512$1000$MDEyMzQ1Njc4OWFiY2RlZg$vgFvU7zWIDgDAUi7d8ayt.cfRiPWVVWfv8iQRsGZaZviWzsSNgWYXEE5PmvI/VELMsOmEbqLz0PKuePNjOk41A'
  ],
  [
    SCRYPT,
    'password',
    '$scrypt$ln=10,r=8,p=16$TmFDbA$/bq+HJ00cgB4VucZDQHp/nxq18vII3gw53N2Y0s3MWIurzDZLiKjiG/xCSedmDDaxyevuUqD7m2DYMvfoswGQA'
  ],
  [SCRYPT, 'password', '$scrypt$ln=16,r=8,p=1$aM15713r3Xsvxbi31lqr1Q$nFNh2CVHVjNldFVKDHDlm4CbdRSCdEBsjjJxD+iCs5E'],
  [
    SCRYPT,
    'secret',
    'scrypt$1024$seasalt$8$1$mBdsVxZCf6G+Bs1aXMjSdR6I0Vt8atpmM4Gvd0hAgnod0ZyMUPDbZ9Z0534FznWrdtrH3Ifd/FCn7Akjoe9Wrg=='
  ],
  [
    SCRYPT_HEX,
    'secret',
    '30313233343536373839616263646566.6d9f781fd007f11879531dd37644693f4c5bcb6e5929d728166e4ba1e08fcfd1'
  ]
]

for (const [form, password, passwordHash] of vectors) {
  t.test(`${form.form}() verifies ${passwordHash.slice(0, 24)}…, and argon2id replaces it (SEC-32)`, async (t) => {
    const stored: string[] = []
    const verifyPassword = argon2Passwords({
      findUser: () => ({ subject: 'u1', passwordHash }),
      storeHash: async (_user, hash) => stored.push(hash),
      legacyHashes: ALL
    })
    const { context, logged } = passwordContext()
    t.equal(await verifyPassword({ username: 'ada', password: 'Secret' }, context), null)
    t.strictSame(stored, [])
    like(t, await verifyPassword({ username: 'ada', password }, context), { subject: 'u1' })
    t.equal(stored.length, 1)
    contains(t, stored[0], '$argon2id$v=19$m=19456,t=2,p=1$')
    t.strictSame(logged, [])
  })

  t.test(`refuses ${passwordHash.slice(0, 24)}… without legacyHashes, and logs the known forms (SEC-16)`, async (t) => {
    const verifyPassword = argon2Passwords({ findUser: () => ({ subject: 'u1', passwordHash }) })
    const { context, logged } = passwordContext()
    t.equal(await verifyPassword({ username: 'ada', password }, context), null)
    like(t, logged, [{ level: 'error', details: { subject: 'u1' }, message: UNKNOWN }])
    t.notMatch(JSON.stringify(logged), /seasalt|CCCC|MDEy|TmFD|3031/)
  })
}

const unusable: [name: string, passwordHash: string][] = [
  ['bcrypt of 2^17 rounds', `$2b$17$${UU.slice(3)}`],
  ['bcrypt of 2^3 rounds', `$2b$03$${UU.slice(3)}`],
  ['bcrypt that is truncated', `$2b$${UU.slice(0, -1)}`],
  ['bcrypt_sha256 of 2^31 rounds', `bcrypt_sha256$$2b$31$${UU.slice(3)}`],
  ['PBKDF2 of 99999999 iterations', 'pbkdf2_sha256$99999999$seasalt$+hs9qSCcGyNSGDNojIEbomuX9WI/mzTF5yfwAXqyKOo='],
  ['PBKDF2 of 0 iterations', 'pbkdf2_sha256$0$seasalt$+hs9qSCcGyNSGDNojIEbomuX9WI/mzTF5yfwAXqyKOo='],
  ['PBKDF2 with a short key', 'pbkdf2_sha256$1000$seasalt$479Zup/w5R6ptaWDmRzkiSxBZWQ='],
  ['scrypt of 2 TiB', `$scrypt$ln=31,r=8,p=1$TmFDbA$${'A'.repeat(43)}`],
  ['scrypt of 9999 lanes', `scrypt$1024$seasalt$8$9999$${'A'.repeat(43)}=`],
  ['scrypt with a cost that is no power of two', `scrypt$1000$seasalt$8$1$${'A'.repeat(43)}=`]
]

for (const [name, passwordHash] of unusable) {
  t.test(`refuses ${name} without running it (SEC-16)`, async (t) => {
    for (const { read } of ALL) t.equal(read(passwordHash), undefined)
    const verifyPassword = argon2Passwords({ findUser: () => ({ subject: 'u1', passwordHash }), legacyHashes: ALL })
    const { context, logged } = passwordContext()
    t.equal(await verifyPassword({ username: 'ada', password: 'secret' }, context), null)
    like(t, logged, [
      { level: 'error', details: { subject: 'u1' }, message: /bcryptHashes\(\), djangoBcryptHashes\(\)/ }
    ])
  })
}

t.test(
  'verifies the first 72 bytes of a password with bcrypt, and renews the hash of no longer one (SEC-18)',
  async (t) => {
    const passwordHash = await bcrypt.hash('a'.repeat(80), { cost: 4 })
    const stored: string[] = []
    const verifyPassword = argon2Passwords({
      findUser: () => ({ subject: 'u1', passwordHash }),
      storeHash: async (_user, hash) => stored.push(hash),
      legacyHashes: [BCRYPT]
    })
    const { context } = passwordContext()
    const signIn = async (length: number) => verifyPassword({ username: 'ada', password: 'a'.repeat(length) }, context)
    like(t, await signIn(73), { subject: 'u1' })
    t.strictSame(stored, [])
    like(t, await signIn(72), { subject: 'u1' })
    t.equal(stored.length, 1)
    t.equal(await signIn(71), null)
  }
)

t.test('refuses a password with NUL for a bcrypt hash (SEC-18)', async (t) => {
  const passwordHash = await bcrypt.hash('a\0b', { cost: 4 })
  const verifyPassword = argon2Passwords({
    findUser: () => ({ subject: 'u1', passwordHash }),
    legacyHashes: [BCRYPT]
  })
  const { context } = passwordContext()
  for (const password of ['a', 'a\0b', 'a\0c'])
    t.equal(await verifyPassword({ username: 'ada', password }, context), null)
})

t.test("verifies Django's argon2 hashes without legacyHashes", async (t) => {
  const passwordHash = `argon2${await hashPassword('secret')}`
  const verifyPassword = argon2Passwords({ findUser: () => ({ subject: 'u1', passwordHash }) })
  like(t, await verifyPassword({ username: 'ada', password: 'secret' }, passwordContext().context), { subject: 'u1' })
})

t.test('an unknown name always costs the same form, and all forms occur (SEC-17)', async (t) => {
  let ran: string[] = []
  const count = (name: string) => async () => {
    ran.push(name)
    return true
  }
  const passwords = await t.mockImport<typeof import('@latchkey/passwords')>('../src/index.ts', {
    '@node-rs/argon2': t.createMock(argon2, { verify: count('argon2') }),
    '@node-rs/bcrypt': t.createMock(bcrypt, { verify: count('bcrypt') })
  })
  const make = (secret: string) =>
    passwords.argon2Passwords({
      findUser: () => null,
      legacyHashes: [passwords.bcryptHashes({ cost: 4 })],
      secret
    })
  const names = Array.from({ length: 64 }, (_, number) => `user-${number}`)
  const formsOf = async (verifyPassword: ReturnType<typeof make>) => {
    ran = []
    for (const username of names)
      t.equal(await verifyPassword({ username, password: 'guess' }, passwordContext().context), null)
    return ran
  }
  const first = await formsOf(make('k'.repeat(32)))
  t.equal(first.length, names.length, 'one verification each')
  t.strictSame([...new Set(first)].toSorted(), ['argon2', 'bcrypt'])
  t.strictSame(await formsOf(make('k'.repeat(32))), first, 'the same in another process')
  t.notSame(await formsOf(make('j'.repeat(32))), first, 'not without the secret')
})

t.test('no stand-in is ever right (SEC-17)', async (t) => {
  for (const { decoy } of ALL) t.equal(await decoy('secret'), false)
})

const wrong: [name: string, make: () => unknown, message: string | RegExp][] = [
  ['a cost of 3', () => bcryptHashes({ cost: 3 }), /^bcryptHashes\(\): cost must be .* from 4 to 16; got a number$/],
  ['a cost of 17', () => djangoBcryptHashes({ cost: 17 }), /^djangoBcryptHashes\(\): cost must be .* from 4 to 16/],
  ['no iterations', () => pbkdf2Hashes({ digest: 'sha1', iterations: 0 }), /^pbkdf2Hashes\(\): iterations must be/],
  [
    'a cost that is no power of two',
    () => scryptHashes({ cost: 1000, blockSize: 8, parallelization: 1 }),
    'scryptHashes(): cost must be a power of two, with cost · blockSize of at most 8388608'
  ],
  [
    'over 1 GiB',
    () => scryptHexHashes({ cost: 2 ** 23, blockSize: 8, parallelization: 1 }),
    'scryptHexHashes(): cost must be a power of two, with cost · blockSize of at most 8388608'
  ],
  [
    'a form of one’s own',
    () => argon2Passwords({ findUser: () => null, legacyHashes: [{ ...BCRYPT }] }),
    /^argon2Passwords\(\): legacyHashes\[0\] must be the result of a function such as bcryptHashes\(\); got an object$/
  ],
  [
    'a form that is null',
    () => argon2Passwords({ findUser: () => null, legacyHashes: [null as unknown as LegacyHashes] }),
    /^argon2Passwords\(\): legacyHashes\[0\] must be/
  ],
  [
    'a short secret',
    () => argon2Passwords({ findUser: () => null, secret: 'short' }),
    /^argon2Passwords\(\): secret must be a text of at least 32 characters/
  ]
]

for (const [name, make, message] of wrong) {
  t.test(`throws for ${name}`, async (t) => {
    throwsLike(t, make, { constructor: RegistrationError, message })
  })
}
