import { RegistrationError } from '@latchkey/guard'
import { type Argon2Parameters, hashPassword } from '@latchkey/passwords'
import { verify } from '@node-rs/argon2'
import t from 'tap'
import { contains, like, rejectsLike } from '@latchkey/exact'

t.test('the default is argon2id with 19 MiB, two passes and one lane (SEC-31)', async (t) => {
  const [, algorithm, version, parameters, salt = '', output = ''] = (await hashPassword('secret')).split('$')
  t.equal(algorithm, 'argon2id')
  t.equal(version, 'v=19')
  t.equal(parameters, 'm=19456,t=2,p=1')
  t.equal(Buffer.from(salt, 'base64').length, 16)
  t.equal(Buffer.from(output, 'base64').length, 32)
})

t.test('each hash has its own salt', async (t) => {
  t.not(await hashPassword('secret'), await hashPassword('secret'))
})

const strong: Argon2Parameters[] = [
  { memoryCost: 47_104, timeCost: 1 },
  { memoryCost: 19_456, timeCost: 2 },
  { memoryCost: 12_288, timeCost: 3 },
  { memoryCost: 9_216, timeCost: 4 },
  { memoryCost: 7_168, timeCost: 5 },
  { memoryCost: 32_768, timeCost: 2, parallelism: 4 }
]

for (const parameters of strong) {
  t.test(`accepts ${JSON.stringify(parameters)}, which OWASP recommends (SEC-31)`, async (t) => {
    const { memoryCost, timeCost, parallelism = 1 } = parameters
    contains(
      t,
      await hashPassword('secret', parameters),
      `$argon2id$v=19$m=${memoryCost},t=${timeCost},p=${parallelism}$`
    )
  })
}

const weak: [parameters: object, message: string][] = [
  [
    { memoryCost: 19_455 },
    'hashPassword(): memoryCost is too weak for timeCost 2. Fix: use at least 47104 KiB with timeCost 1, 19456 KiB with timeCost 2, 12288 KiB with timeCost 3, 9216 KiB with timeCost 4, 7168 KiB with timeCost 5'
  ],
  [
    { timeCost: 1 },
    'hashPassword(): memoryCost is too weak for timeCost 1. Fix: use at least 47104 KiB with timeCost 1, 19456 KiB with timeCost 2, 12288 KiB with timeCost 3, 9216 KiB with timeCost 4, 7168 KiB with timeCost 5'
  ],
  [
    { memoryCost: 47_103, timeCost: 1 },
    'hashPassword(): memoryCost is too weak for timeCost 1. Fix: use at least 47104 KiB with timeCost 1, 19456 KiB with timeCost 2, 12288 KiB with timeCost 3, 9216 KiB with timeCost 4, 7168 KiB with timeCost 5'
  ],
  [
    { memoryCost: 7_167, timeCost: 100 },
    'hashPassword(): memoryCost must be a whole number of KiB from 7168 to 1048576; got a number'
  ],
  [
    { memoryCost: 1_048_577 },
    'hashPassword(): memoryCost must be a whole number of KiB from 7168 to 1048576; got a number'
  ],
  [
    { memoryCost: '19456' },
    'hashPassword(): memoryCost must be a whole number of KiB from 7168 to 1048576; got a string'
  ],
  [{ timeCost: 0 }, 'hashPassword(): timeCost must be a whole number of passes from 1 to 100; got a number'],
  [{ timeCost: 101 }, 'hashPassword(): timeCost must be a whole number of passes from 1 to 100; got a number'],
  [{ timeCost: 2.5 }, 'hashPassword(): timeCost must be a whole number of passes from 1 to 100; got a number'],
  [{ parallelism: 0 }, 'hashPassword(): parallelism must be a whole number of lanes from 1 to 255; got a number'],
  [{ parallelism: 256 }, 'hashPassword(): parallelism must be a whole number of lanes from 1 to 255; got a number'],
  [{ salt: 'pepper' }, 'hashPassword(): salt does not exist. Fix: use one of memoryCost, timeCost, parallelism']
]

for (const [parameters, message] of weak) {
  t.test(`rejects ${JSON.stringify(parameters)} (SEC-31)`, async (t) => {
    const refusal = await hashPassword('secret', parameters).catch((error: unknown) => error)
    t.type(refusal, RegistrationError)
    like(t, refusal, { message })
  })
}

const taken: [name: string, password: string, alike: string][] = [
  ['one byte', 'a', 'A'],
  ['64 bytes', 'a'.repeat(64), 'a'.repeat(63)],
  ['73 bytes that differ in the last one', `${'a'.repeat(72)}b`, `${'a'.repeat(72)}c`],
  ['1024 bytes that differ in the last one', `${'a'.repeat(1023)}b`, `${'a'.repeat(1023)}c`],
  ['1024 bytes in 512 characters', 'é'.repeat(512), 'é'.repeat(511)],
  ['a NUL inside', 'before\0after', 'before\0'],
  ['a trailing space', 'secret ', 'secret'],
  ['a compatibility character', 'ﬁona', 'fiona'],
  ['spaces only', '   ', '  ']
]

for (const [name, password, alike] of taken) {
  t.test(`hashes a password of ${name} without changing it (SEC-18)`, async (t) => {
    const passwordHash = await hashPassword(password)
    t.equal(await verify(passwordHash, password), true)
    t.equal(await verify(passwordHash, alike), false)
  })
}

const refused: [name: string, password: unknown, message: string][] = [
  ['no character', '', 'The password must not be empty'],
  ['1025 bytes', 'a'.repeat(1025), 'The password must not be longer than 1024 bytes of UTF-8'],
  ['1026 bytes in 513 characters', 'é'.repeat(513), 'The password must not be longer than 1024 bytes of UTF-8'],
  ['a lone surrogate', 'a\uD800', 'The password must be well-formed Unicode'],
  ['another type', 20_240_531, 'The password must be a string']
]

for (const [name, password, message] of refused) {
  t.test(`rejects a password of ${name} with an error that does not contain it (SEC-18)`, async (t) => {
    // A caller in plain JavaScript.
    await rejectsLike(t, hashPassword(password as string), new RangeError(message))
  })
}
