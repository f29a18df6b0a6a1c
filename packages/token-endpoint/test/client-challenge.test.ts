import Fastify from 'fastify'
import t from 'tap'
import { like } from '@latchkey/exact'
import { memoryStore } from '@latchkey/store/memory'
import tokenEndpoint, { type Client, generateClientSecret } from '@latchkey/token-endpoint'
import { basic, issuer, key, server } from './fixtures/server.ts'

const { clientSecretHash } = generateClientSecret()
const web: Client = { clientId: 'web', clientSecretHash, grantTypes: ['password'] }
const BASIC = 'Basic realm="token endpoint", charset="UTF-8"'
const OTHER = 'client_secret_post realm="token endpoint"'

for (const [name, form, headers, challenge] of [
  ['a wrong secret in the header', {}, basic('web', 'wrong'), BASIC],
  ['an unknown client in the header', {}, basic('nobody', ''), BASIC],
  ['a header that is not base64', {}, { authorization: 'Basic ###' }, BASIC],
  ['a wrong secret in the body', { client_id: 'web', client_secret: 'wrong' }, {}, OTHER],
  ['a client without its secret', { client_id: 'web' }, {}, OTHER],
  ['an unknown client', { client_id: 'nobody' }, {}, OTHER],
  ['no client', {}, {}, OTHER],
  ['the blank header of Swagger UI', { client_id: 'web' }, basic('', ''), OTHER],
  ['a bearer token', { client_id: 'web' }, { authorization: 'Bearer abc' }, OTHER],
  ['a header from a script', {}, { ...basic('web', 'wrong'), 'sec-fetch-dest': 'empty' }, OTHER],
  ['a header from Swagger UI', {}, { ...basic('web', 'wrong'), 'x-requested-with': 'XMLHttpRequest' }, OTHER],
  ['a header from a page navigation', {}, { ...basic('web', 'wrong'), 'sec-fetch-dest': 'document' }, BASIC]
] as const) {
  t.test(
    `answers 401 with ${challenge.split(' ', 1)[0] ?? ''} to ${name} (K21.1, SEC-10, RFC 6749 §5.2)`,
    async (t) => {
      const { login, introspect, revoke } = await server({ clients: [web] })
      for (const answer of [
        await login(form, { headers }),
        await introspect('x', form, { headers }),
        await revoke('x', form, { headers })
      ]) {
        like(t, answer, { status: 401, body: { error: 'invalid_client' }, headers: { 'cache-control': 'no-store' } })
        t.equal(answer.headers['www-authenticate'], challenge)
      }
    }
  )
}

t.test('keeps the challenge of a refusing hook (K21.1)', async (t) => {
  const app = Fastify()
  app.addHook('onRequest', async (_request, reply) => {
    reply.header('www-authenticate', 'Negotiate')
    throw Object.assign(new Error('not here'), { statusCode: 401 })
  })
  await app.register(tokenEndpoint, { issuer, audience: issuer, keys: [key], store: memoryStore() })
  const answer = await app.inject({ method: 'POST', url: '/token', headers: basic('web', 'wrong') })
  like(t, [answer.statusCode, answer.json()], [401, { error: 'invalid_client' }])
  t.equal(answer.headers['www-authenticate'], 'Negotiate')
})
