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
  ['nothing', undefined, /is missing: set the environment variable/],
  ['an empty text', ' ', /is missing: set the environment variable/],
  ['PEM text', '-----BEGIN PRIVATE KEY-----\nMC4CAQAw\n', /is PEM text/],
  ['incomplete JSON', JSON.stringify([key]).slice(0, -2), /is no JSON/],
  ['a secret', 'f9a8s7df98a7sdf98a7sdf98a7sdf9a8', /is no JSON/],
  ['a single JWK', JSON.stringify(key), /is neither a JWK Set nor a list of JWKs/],
  ['null', 'null', /is neither a JWK Set nor a list of JWKs/],
  ['a number', '7', /is neither a JWK Set nor a list of JWKs/],
  ['a JWK Set without a list', '{"keys":"f9a8s7d"}', /is neither a JWK Set nor a list of JWKs/]
] as const) {
  t.test(`refuses ${name} with a clear error that does not repeat the text (SEC-37)`, async (t) => {
    throwsLike(t, () => keysFromText(text), { code: 'LATCHKEY_INVALID_OPTION', message })
    throwsLike(t, () => keysFromText(text), { message: /^keysFromText\(\): option "text" / })
    try {
      keysFromText(text)
    } catch (error) {
      t.notMatch(String(error), /f9a8s7d|MC4CAQAw/)
      t.notOk(String(error).includes(String(key.d)) || (error as Error).cause)
    }
  })
}
