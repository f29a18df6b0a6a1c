import t from 'tap'
import { generateClientSecret, hashClientSecret } from '@latchkey/token-endpoint'

t.test('generated secrets have 256 random bits in URL-safe letters (SEC-36, RFC 6749 §10.10)', async (t) => {
  const secrets = Array.from({ length: 100_000 }, () => generateClientSecret().clientSecret)
  t.equal(new Set(secrets).size, secrets.length)
  t.ok(secrets.every((secret) => /^[A-Za-z0-9_-]{43}$/.test(secret)))
})

t.test('hashClientSecret() returns the same hash for the same secret (SEC-13)', async (t) => {
  const { clientSecret, clientSecretHash } = generateClientSecret()
  t.equal(hashClientSecret(clientSecret), clientSecretHash)
  t.match(clientSecretHash, /^sha256:[A-Za-z0-9_-]{43}$/)
  t.notOk(clientSecretHash.includes(clientSecret))
})

t.test('accepts a secret of 32 hexadecimal digits (SEC-33)', async (t) => {
  t.match(hashClientSecret('9f86d081884c7d659a2feaa0c55ad015'), /^sha256:/)
})

for (const [name, secret] of Object.entries({
  'an empty text': '',
  '31 bytes': 'Xk7q8Zt2mVwR4nB6yLp9sDfH3jKc5Ga',
  'a repeated letter': 'a'.repeat(64),
  'few letters': 'abcdefghiabdcefghibacdefghiabcdefhgi',
  'a repeated word': 'Xk7q8Zt2mVwR4nB6'.repeat(3),
  'a placeholder': 'please-change-me-before-going-live-99',
  'a well-known example': 'your-256-bit-secret-for-testing-only',
  'a placeholder in capitals': 'CHANGEME-Xk7q8Zt2mVwR4nB6yLp9sDfH3jKc5Ga',
  'a PEM key (SEC-37)': '-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=',
  'a PEM key after other text (SEC-37)': 'junk\n -----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAGb9ECWmEzf6FQbrB',
  'a JWK (SEC-37)': '{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}',
  'ordered digits': '0123456789zyxwvutsrqponmlkjihgfe'
})) {
  t.test(`refuses ${name} as a client secret, without repeating it (SEC-33)`, async (t) => {
    t.throws(
      () => hashClientSecret(secret),
      /^A client secret must be 32 random bytes or more: use generateClientSecret\(\)$/
    )
  })
}
