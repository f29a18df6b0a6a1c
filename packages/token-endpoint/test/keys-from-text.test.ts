import t from 'tap'
import { like, throwsLike } from '@latchkey/exact'
import { generateSigningKey, keysFromText } from '@latchkey/token-endpoint'
import { server } from './fixtures/server.ts'

const key = await generateSigningKey()

for (const [name, text] of [
  ['a JWK Set', JSON.stringify({ keys: [key] })],
  ['a list of JWKs', JSON.stringify([key])],
  ['JSON over several lines', `\n${JSON.stringify({ keys: [key] }, null, 2)}\n`]
] as const) {
  t.test(`reads keys from ${name}`, async (t) => {
    const { app } = await server({ keys: keysFromText(text) })
    like(t, app.tokenEndpoint.jwks().keys, [{ kid: key.kid }])
  })
}

for (const [name, text, message] of [
  [
    'nothing',
    undefined,
    'keysFromText(): argument "text" must be the JSON of a JWK Set, or of a list of JWKs; got undefined. Fix: set the environment variable that it is read from to what "npx latchkey-keys" prints'
  ],
  [
    'an empty text',
    ' ',
    'keysFromText(): argument "text" must be the JSON of a JWK Set, or of a list of JWKs; got a string. Fix: set the environment variable that it is read from to what "npx latchkey-keys" prints'
  ],
  [
    'PEM text',
    '-----BEGIN PRIVATE KEY-----\nMC4CAQAw\n',
    'keysFromText(): argument "text" must be the JSON of a JWK Set, or of a list of JWKs; got a string. Fix: set the environment variable that it is read from to what "npx latchkey-keys" prints'
  ],
  [
    'incomplete JSON',
    JSON.stringify([key]).slice(0, -2),
    'keysFromText(): argument "text" must be the JSON of a JWK Set, or of a list of JWKs; got no JSON. Fix: set the environment variable that it is read from to what "npx latchkey-keys" prints, in quotation marks if a shell reads it'
  ],
  [
    'a secret',
    'f9a8s7df98a7sdf98a7sdf98a7sdf9a8',
    'keysFromText(): argument "text" must be the JSON of a JWK Set, or of a list of JWKs; got no JSON. Fix: set the environment variable that it is read from to what "npx latchkey-keys" prints, in quotation marks if a shell reads it'
  ],
  [
    'a single JWK',
    JSON.stringify(key),
    'keysFromText(): argument "text" must be the JSON of a JWK Set, or of a list of JWKs; got other JSON. Fix: set the environment variable that it is read from to what "npx latchkey-keys" prints'
  ],
  [
    'null',
    'null',
    'keysFromText(): argument "text" must be the JSON of a JWK Set, or of a list of JWKs; got other JSON. Fix: set the environment variable that it is read from to what "npx latchkey-keys" prints'
  ],
  [
    'a number',
    '7',
    'keysFromText(): argument "text" must be the JSON of a JWK Set, or of a list of JWKs; got other JSON. Fix: set the environment variable that it is read from to what "npx latchkey-keys" prints'
  ],
  [
    'a JWK Set without a list',
    '{"keys":"f9a8s7d"}',
    'keysFromText(): argument "text" must be the JSON of a JWK Set, or of a list of JWKs; got other JSON. Fix: set the environment variable that it is read from to what "npx latchkey-keys" prints'
  ]
] as const) {
  t.test(`refuses ${name} with a clear error that does not repeat the text (SEC-37)`, async (t) => {
    throwsLike(t, () => keysFromText(text), { code: 'LATCHKEY_REGISTRATION', message })
    try {
      keysFromText(text)
    } catch (error) {
      t.notMatch(String(error), /f9a8s7d|MC4CAQAw/)
      t.notOk(String(error).includes(String(key.d)) || (error as Error).cause)
    }
  })
}
