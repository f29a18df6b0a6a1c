import { randomBytes } from 'node:crypto'
import { isWeakSecret, mustBeSecrets } from '@latchkey/secrets'
import t from 'tap'
import { like } from '@latchkey/exact'

for (const encoding of ['base64url', 'base64', 'hex'] as const) {
  t.test(`accepts 32 random bytes in ${encoding}`, async (t) => {
    t.equal(mustBeSecrets([randomBytes(32).toString(encoding), randomBytes(48).toString(encoding)]), undefined)
  })
}

const good = randomBytes(32).toString('base64url')
const UNSET = /Is the environment variable set\?$/
const jwk = '{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}'

for (const [name, secrets, fault] of [
  ['nothing', undefined, UNSET],
  ['an empty text', '', UNSET],
  ['an environment variable that is not set', [undefined], /; number 1 of the list is not set\. Is the environment/],
  ['an empty secret after a valid one', [good, ''], /; number 2 of the list is not set\. Is the environment/],
  ['no list', good, /; this is no list$/],
  ['null', null, /; this is no list$/],
  ['an empty list', [], /; the list is empty$/],
  ['a short secret after a valid one (SEC-34)', [good, randomBytes(31).toString('base64url')], /; number 2 .* shorter/],
  ['a short secret with padding', [`${'aB3'.repeat(14)}==`], /; number 1 of the list is shorter than 32 bytes$/],
  ['bytes', [randomBytes(32)], /; number 1 of the list is no text$/],
  ['a key', [jwk], /; number 1 of the list is a key as PEM or JWK, not a secret$/],
  ['a sentence (SEC-33)', ['it is a truth universally acknowledged, that a single man'], /characters that none/],
  ['a repeated text', ['ab'.repeat(32)], /repeats itself, or looks like a placeholder$/]
] as const) {
  t.test(`refuses ${name}, and names the reason without the secret (K19.3)`, async (t) => {
    const said = mustBeSecrets(secrets) ?? ''
    like(t, said, /^must be a list of secrets, each 32 random bytes or more/)
    like(t, said, fault)
    t.equal(said.endsWith('Is the environment variable set?'), fault === UNSET || fault.source.includes('environment'))
    t.notOk(said.includes(good))
  })
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
