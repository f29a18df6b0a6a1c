import { randomBytes } from 'node:crypto'
import { isWeakSecret, secretsFault } from '@latchkey/store'
import t from 'tap'

for (const encoding of ['base64url', 'base64', 'hex'] as const) {
  t.test(`takes 32 random bytes in ${encoding}`, async (t) => {
    t.equal(secretsFault([randomBytes(32).toString(encoding), randomBytes(48).toString(encoding)]), undefined)
  })
}

const good = randomBytes(32).toString('base64url')
for (const [name, secrets] of [
  ['no list', good],
  ['nothing', undefined],
  ['an empty list', []],
  ['an environment variable that is not set', [undefined]],
  ['a good secret and a short one (SEC-34)', [good, randomBytes(31).toString('base64url')]],
  ['bytes', [randomBytes(32)]],
  ['a sentence (SEC-33)', ['it is a truth universally acknowledged, that a single man']]
] as const) {
  t.test(`refuses ${name}, with the fix and without a word of the secret`, async (t) => {
    const fault = secretsFault(secrets) ?? ''
    t.match(fault, /^must be a list of secrets/)
    t.notOk(fault.includes(good))
  })
}

for (const [name, secret] of [
  ['a short one', 'tooshort'],
  ['one letter 64 times', 'a'.repeat(64)],
  ['a word repeated', 'correcthorsebatterystaple'.repeat(2)],
  ['a placeholder', 'please-change-me-to-something-long-and-quite-random-0'],
  ['the public half of a key', '{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}'],
  ['PEM text', '-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIA\n-----END PRIVATE KEY-----']
] as const) {
  t.test(`calls ${name} weak (SEC-33, SEC-37)`, async (t) => {
    t.equal(isWeakSecret(secret), true)
    t.equal(isWeakSecret(good), false)
  })
}
