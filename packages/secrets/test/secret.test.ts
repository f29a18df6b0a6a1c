import { randomBytes } from 'node:crypto'
import { checkOptions, members } from '@latchkey/options'
import { isWeakSecret, secrets } from '@latchkey/secrets'
import t from 'tap'
import { throwsLike } from '@latchkey/exact'

for (const encoding of ['base64url', 'base64', 'hex'] as const) {
  t.test(`accepts 32 random bytes in ${encoding}`, async (t) => {
    const good = [randomBytes(32).toString(encoding), randomBytes(48).toString(encoding)]
    t.same(check(good), { secrets: good })
  })
}

const good = randomBytes(32).toString('base64url')
const jwk = '{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}'

const LIST = 'must be a list of at least one secret, such as [process.env.SECRET]; got'
const BYTES =
  'must be 32 random bytes or more in base64url, base64 or hex, as "openssl rand -base64 32" prints them; got'
const UNSET = 'nothing. Fix: set the environment variable that it is read from'

for (const [name, given, fault] of [
  ['nothing', undefined, `secrets ${LIST} undefined`],
  ['an empty string', '', `secrets ${LIST} an empty string`],
  ['an environment variable that is not set', [undefined], `secrets[0] ${BYTES} ${UNSET}`],
  ['an empty secret after a valid one', [good, ''], `secrets[1] ${BYTES} ${UNSET}`],
  ['a string', good, `secrets ${LIST} a string`],
  ['null', null, `secrets ${LIST} null`],
  ['an empty list', [], `secrets ${LIST} an empty list`],
  [
    'a short secret after a valid one (SEC-34)',
    [good, randomBytes(31).toString('base64url')],
    `secrets[1] ${BYTES} less than 32 bytes`
  ],
  ['a short secret with padding', [`${'aB3'.repeat(14)}==`], `secrets[0] ${BYTES} less than 32 bytes`],
  ['bytes', [randomBytes(32)], `secrets[0] ${BYTES} a value that is no string`],
  ['a key', [jwk], `secrets[0] ${BYTES} a key as PEM or JWK`],
  [
    'a sentence (SEC-33)',
    ['it is a truth universally acknowledged, that a single man'],
    `secrets[0] ${BYTES} characters that none of the three encodings has`
  ],
  [
    'a repeated text',
    ['ab'.repeat(32)],
    `secrets[0] ${BYTES} a secret that repeats itself, or looks like a placeholder`
  ]
] as const) {
  t.test(`refuses ${name}, and names the fault without the secret (K19.3)`, async (t) => {
    throwsLike(t, () => check(given), { code: 'LATCHKEY_REGISTRATION', message: `plugin: ${fault}` })
  })
}

function check(given: unknown): unknown {
  return checkOptions('plugin', members({ secrets }), { secrets: given })
}

for (const [name, secret] of [
  ['a short text', 'tooshort'],
  ['a letter 64 times', 'a'.repeat(64)],
  ['a repeated word', 'correcthorsebatterystaple'.repeat(2)],
  ['a placeholder', 'please-change-me-to-something-long-and-quite-random-0'],
  ['a public key', jwk],
  ['PEM text', '-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIA\n-----END PRIVATE KEY-----']
] as const) {
  t.test(`isWeakSecret() returns true for ${name} (SEC-33, SEC-37)`, async (t) => {
    t.equal(isWeakSecret(secret), true)
    t.equal(isWeakSecret(good), false)
  })
}

// Each was random. One of 100,000 has such a part by chance.
for (const secret of [
  'e05fd1c0abcdef9a1b7730c2d84f56e19027ab33c5d9e871f40b62a8d7135e9c',
  '7c1e9a123456f0d8b3a2c4e5f6978d0b1c2e3f4a5968d7c0b1a2938475f6e0d1',
  'kQ7xPaSSwZr3VbN9yTfH2mLcD8eUjG4sA1oKpW6iXnQ'
]) {
  t.test(`accepts a random secret with a part of a placeholder: ${secret.slice(0, 14)}`, async (t) => {
    t.equal(isWeakSecret(secret), false)
    t.same(check([secret]), { secrets: [secret] })
  })
}
