import { Readable } from 'node:stream'
import { gzipSync } from 'node:zlib'
import type { FastifyInstance, FastifyServerOptions, RouteOptions } from 'fastify'
import Fastify from 'fastify'
import t from 'tap'
import { like } from '@latchkey/exact'
import { memoryStore } from '@latchkey/store/memory'
import tokenEndpoint, { generateClientSecret } from '@latchkey/token-endpoint'
import { basic, issuer, key, toyGrant } from './fixtures/server.ts'

const { clientSecret, clientSecretHash } = generateClientSecret()
const form = { 'content-type': 'application/x-www-form-urlencoded' }
const authorization = basic('web', clientSecret)
const enveloped = (payload: unknown): object => ({ ok: true, data: payload })
const envelopedText = async (_request: unknown, _reply: unknown, payload: unknown): Promise<string> =>
  JSON.stringify(enveloped(String(payload)))
// An application's compilers may accept schemas that are not JSON Schema.
const notMine = (): never => {
  throw new Error('not a schema of mine')
}

type Application = (app: FastifyInstance) => unknown

/** Changes that applications make for their own routes. */
const applications: Record<string, Application | [FastifyServerOptions, Application]> = {
  'preSerialization envelope': (app) =>
    app.addHook('preSerialization', async (_request, _reply, payload) => enveloped(payload)),
  'onSend envelope': (app) => app.addHook('onSend', envelopedText),
  'onSend that sends a stream': (app) =>
    app.addHook('onSend', async (_request, _reply, payload) => Readable.from([`{"data":${String(payload)}}`])),
  'onSend that compresses': (app) =>
    app.addHook('onSend', async (_request, reply, payload) => {
      reply.header('content-encoding', 'gzip')
      return gzipSync(String(payload))
    }),
  'onSend that sets the status 200 and the content type': (app) =>
    app.addHook('onSend', async (_request, reply, payload) => {
      reply.code(200).headers({ 'content-type': 'application/vnd.api+json', 'cache-control': 'public, max-age=60' })
      return payload
    }),
  'onSend that an onRoute hook adds to every route': (app) =>
    app.addHook('onRoute', (options) => {
      options.onSend = [options.onSend ?? [], envelopedText].flat()
      options.preSerialization = async (_request, _reply, payload) => enveloped(payload)
    }),
  'onRequest that sets the serializer of the reply': (app) =>
    app.addHook(
      'onRequest',
      async (_request, reply) => void reply.serializer((payload) => JSON.stringify(enveloped(payload)))
    ),
  setReplySerializer: (app) => app.setReplySerializer((payload) => JSON.stringify(enveloped(payload))),
  setSerializerCompiler: (app) => app.setSerializerCompiler(notMine),
  setValidatorCompiler: (app) => app.setValidatorCompiler(notMine),
  setSchemaErrorFormatter: (app) => app.setSchemaErrorFormatter(notMine),
  setSchemaController: (app) =>
    app.setSchemaController({ compilersFactory: { buildValidator: () => notMine, buildSerializer: () => notMine } }),
  'onRoute that adds schemas': (app) =>
    app.addHook('onRoute', (options) => {
      const one = { type: 'object', required: ['tenant'], properties: { tenant: { type: 'string' } } }
      options.schema = { ...options.schema, headers: one, querystring: one, response: { '2xx': one, '4xx': one } }
    }),
  setErrorHandler: (app) => app.setErrorHandler(async (_error, _request, reply) => reply.code(200).send({ ok: false })),
  'onRoute that sets error handlers': (app) =>
    app.addHook('onRoute', (options) => {
      options.errorHandler = (_error, _request, reply) => void reply.code(200).send({ ok: false })
    }),
  setNotFoundHandler: (app) => app.setNotFoundHandler(async () => ({ ok: false })),
  'content type parsers': (app) => {
    app.removeAllContentTypeParsers()
    app.addContentTypeParser('*', { parseAs: 'string' }, async () => ({ grant_type: 'nonsense' }))
  },
  'preValidation that replaces the body': (app) =>
    app.addHook('preValidation', async (request) => {
      request.body = enveloped(request.body)
    }),
  'preHandler that removes the body': (app) =>
    app.addHook('preHandler', async (request) => {
      request.body = undefined
    }),
  'preParsing that reads the body and replaces it': (app) =>
    app.addHook('preParsing', async (_request, _reply, payload) => {
      const chunks: Buffer[] = []
      for await (const chunk of payload) chunks.push(chunk as Buffer)
      return Readable.from([JSON.stringify(enveloped(Buffer.concat(chunks).toString('base64')))])
    }),
  'handlers wrapped by an onRoute hook': (app) =>
    app.addHook('onRoute', (options: RouteOptions) => {
      const { handler } = options
      options.handler = async function (request, reply) {
        return enveloped(await handler.call(this, request, reply))
      }
    }),
  'a body limit of 10 bytes': [{ bodyLimit: 10 }, () => undefined],
  'no HEAD routes': [{ exposeHeadRoutes: false }, () => undefined]
}

for (const [name, application] of Object.entries(applications)) {
  t.test(`answers as the RFCs require in an application with ${name} (K2.4)`, async (t) => {
    const app = await appWith(application)
    t.teardown(() => app.close())
    const post = async (url: string, payload: string, headers: Record<string, string> = authorization) =>
      app.inject({ method: 'POST', url, headers: { ...form, ...headers }, payload })

    const login = await post('/token', 'grant_type=password&username=alice&password=opensesame&scope=items:read')
    like(t, login.headers, {
      'content-type': 'application/json; charset=utf-8',
      'content-encoding': undefined,
      'content-length': String(Buffer.byteLength(login.body)),
      'cache-control': 'no-store',
      pragma: 'no-cache'
    })
    const { access_token, refresh_token, ...rest } = login.json()
    like(t, [login.statusCode, rest], [200, { token_type: 'Bearer', expires_in: 600, scope: 'items:read' }])
    t.same(Object.keys(login.json()), ['access_token', 'token_type', 'expires_in', 'refresh_token', 'scope'])

    const refused = await post('/token', 'grant_type=password&username=alice&password=wrong')
    like(t, [refused.statusCode, refused.json()], [400, { error: 'invalid_grant', error_description: 'No.' }])
    like(t, refused.headers, { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store' })

    const unknown = await post('/token', 'grant_type=password', basic('web', 'wrong'))
    like(t, [unknown.statusCode, unknown.json()], [401, { error: 'invalid_client' }])
    t.match(unknown.headers['www-authenticate'], /^Basic realm=/)

    const other = await app.inject({ method: 'PUT', url: '/token' })
    like(t, [other.statusCode, other.headers.allow, other.json()], [405, 'POST', { error: 'invalid_request' }])

    const active = await post('/introspect', `token=${access_token}`)
    like(t, [active.statusCode, active.json()], [200, { active: true, scope: 'items:read', sub: 'alice' }])

    const revoked = await post('/revoke', `token=${refresh_token}`)
    like(t, [revoked.statusCode, revoked.body, revoked.headers['content-length']], [200, '', '0'])
    t.same((await post('/introspect', `token=${access_token}`)).json(), { active: false })

    const jwks = await app.inject('/jwks')
    like(t, [jwks.statusCode, jwks.json()], [200, { keys: [{ kid: key.kid, use: 'sig' }] }])
    like(t, jwks.headers, {
      'content-type': 'application/jwk-set+json; charset=utf-8',
      'cache-control': 'public, max-age=300',
      'content-encoding': undefined
    })
    const metadata = await app.inject('/.well-known/oauth-authorization-server')
    like(t, [metadata.statusCode, metadata.json()], [200, { issuer, token_endpoint: `${issuer}/token` }])
    like(t, metadata.headers, {
      'content-type': 'application/json; charset=utf-8',
      'cache-control': 'public, max-age=300'
    })
  })
}

t.test(
  'answers HEAD with the length of the unchanged document when an onSend hook changes answers (K2.4)',
  async (t) => {
    const app = await appWith((app) => app.addHook('onSend', envelopedText))
    const { headers, body } = await app.inject({ method: 'HEAD', url: '/jwks' })
    const got = await app.inject('/jwks')
    t.equal(body, '')
    t.equal(headers['content-length'], String(Buffer.byteLength(got.body)))
  }
)

t.test('a hook of the application can refuse with its own answer (K2.4)', async (t) => {
  for (const hook of ['onRequest', 'preValidation', 'preHandler'] as const) {
    const app = await appWith((app) => app.addHook(hook, async (_request, reply) => reply.code(418).send({ hook })))
    const headers = { ...form, ...authorization }
    const payload = 'grant_type=password&username=alice&password=opensesame'
    const answer = await app.inject({ method: 'POST', url: '/token', headers, payload })
    like(t, [answer.statusCode, answer.json()], [418, { hook }])
    like(t, answer.headers, { 'cache-control': 'no-store' })
    const jwks = await app.inject('/jwks')
    like(t, [jwks.statusCode, jwks.json()], [418, { hook }])
    await app.close()
  }
})

t.test('an error of a hook is answered in the OAuth format, also that of an onSend hook (K2.4)', async (t) => {
  const tooMany = Object.assign(new Error('slow down'), { statusCode: 429 })
  for (const hook of ['onRequest', 'preParsing', 'preValidation', 'preHandler'] as const) {
    const app = await appWith((app) => app.addHook(hook, async () => Promise.reject(tooMany)))
    const answer = await app.inject({ method: 'POST', url: '/token', headers: form, payload: 'grant_type=password' })
    like(t, [answer.statusCode, answer.json()], [429, { error: 'temporarily_unavailable' }], hook)
    await app.close()
  }
  let failures = 0
  const app = await appWith((app) =>
    app.addHook('onSend', async (_request, _reply, payload) => {
      if (failures++ === 0) throw new Error('the first answer must not leave')
      return payload
    })
  )
  const jwks = await app.inject('/jwks')
  t.equal(jwks.statusCode, 500)
  t.notOk('keys' in jwks.json())
})

t.test('headers of other hooks remain, such as those of helmet and cors (K2.4)', async (t) => {
  const app = await appWith((app) => {
    app.addHook('onRequest', async (_request, reply) => void reply.header('access-control-allow-origin', '*'))
    app.addHook('onSend', async (_request, reply) => void reply.header('x-content-type-options', 'nosniff'))
  })
  const answer = await app.inject('/jwks')
  like(t, answer.headers, { 'access-control-allow-origin': '*', 'x-content-type-options': 'nosniff' })
})

t.test('answers 304 to a conditional request when the application has entity tags (K2.4)', async (t) => {
  const app = await appWith((app) =>
    app.addHook('onSend', async (request, reply, payload) => {
      reply.header('etag', '"1"')
      if (request.headers['if-none-match'] !== '"1"') return payload
      reply.code(304)
      return ''
    })
  )
  const answer = await app.inject({ url: '/jwks', headers: { 'if-none-match': '"1"' } })
  like(t, [answer.statusCode, answer.body, answer.headers.etag], [304, '', '"1"'])
})

async function appWith(application: Application | [FastifyServerOptions, Application]): Promise<FastifyInstance> {
  const [options, prepare] = Array.isArray(application) ? application : [{}, application]
  const app = Fastify(options)
  prepare(app)
  await app.register(tokenEndpoint, {
    issuer,
    audience: issuer,
    keys: [key],
    store: memoryStore(),
    clients: [{ clientId: 'web', clientSecretHash, grantTypes: ['password', 'refresh_token'], introspects: [issuer] }]
  })
  app.tokenEndpoint.addGrant(toyGrant)
  return app
}
