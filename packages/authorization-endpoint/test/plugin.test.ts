import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import authorizationEndpoint, { type AuthorizationEndpointOptions } from '@latchkey/authorization-endpoint'
import guard from '@latchkey/guard'
import { memoryStore } from '@latchkey/store/memory'
import tokenEndpoint, { generateClientSecret, generateSigningKey } from '@latchkey/token-endpoint'
import Fastify from 'fastify'
import t from 'tap'
import { like, rejectsLike } from '@latchkey/exact'
import { app, issuer, server } from './fixtures/server.ts'
import { testSessions } from './fixtures/session.ts'

const key = await generateSigningKey()

t.test(
  'adds exactly what is true to the metadata (RFC 8414 §2, RFC 9207 §2.3, §3, RFC 9700 §2.1.1, §2.6, §4.7.1)',
  async (t) => {
    for (const pushedRequestPath of [undefined, '/par']) {
      const { get, app: fastify } = await server(t, { endpoint: { ...(pushedRequestPath && { pushedRequestPath }) } })
      const { json, headers } = await get('/.well-known/oauth-authorization-server')
      t.same(
        [
          json['authorization_endpoint'],
          json['response_types_supported'],
          json['response_modes_supported'],
          json['code_challenge_methods_supported'],
          json['authorization_response_iss_parameter_supported'],
          json['pushed_authorization_request_endpoint'],
          json['grant_types_supported'],
          json['token_endpoint_auth_methods_supported']
        ],
        [
          `${issuer}/authorize`,
          ['code'],
          ['query', 'form_post'],
          ['S256'],
          true,
          pushedRequestPath && `${issuer}/par`,
          ['refresh_token', 'authorization_code'],
          ['none']
        ]
      )
      t.equal(headers['access-control-allow-origin'], '*')
      const [flow] = fastify.guard.securitySchemes().map(({ definition }) => definition())
      t.ok(flow)
    }
  }
)

t.test('under a prefix that ends in a slash, each URL in the metadata has a route (RFC 8414 §2)', async (t) => {
  const fastify = Fastify()
  t.teardown(() => fastify.close())
  const store = memoryStore()
  const tv = { clientId: 'tv', grantTypes: ['urn:ietf:params:oauth:grant-type:device_code'] }
  await fastify.register(guard)
  await fastify.register(testSessions)
  await fastify.register(
    async (child) => {
      await child.register(tokenEndpoint, { issuer, audience: issuer, keys: [key], store, clients: [tv] })
      await child.register(authorizationEndpoint, {
        store,
        pushedRequestPath: '/par',
        registration: true,
        device: true
      })
    },
    { prefix: '/auth/' }
  )
  const metadata = (await fastify.inject('/auth/.well-known/oauth-authorization-server')).json<Record<string, string>>()
  const of = (name: string): string | undefined => metadata[`${name}_endpoint`]
  t.same(
    ['authorization', 'pushed_authorization_request', 'registration', 'device_authorization'].map(of),
    ['authorize', 'par', 'register', 'device_authorization'].map((name) => `${issuer}/auth/${name}`)
  )
  const form = { 'content-type': 'application/x-www-form-urlencoded' }
  const payload = 'client_id=tv'
  const device = await fastify.inject({ method: 'POST', url: '/auth/device_authorization', headers: form, payload })
  like(t, device.json(), { verification_uri: `${issuer}/auth/device` })
  t.equal((await fastify.inject('/auth/device')).statusCode, 303)
})

t.test('announces metadata documents together with the method none, as Claude expects it', async (t) => {
  const clients = [{ ...app, clientSecretHash: generateClientSecret().clientSecretHash }]
  for (const clientDocuments of [true, false]) {
    const { get } = await server(t, { clients, endpoint: { clientDocuments } })
    const { json } = await get('/.well-known/oauth-authorization-server')
    t.equal(json['client_id_metadata_document_supported'], clientDocuments || undefined)
    const methods = json['token_endpoint_auth_methods_supported'] as string[] // RFC 8414 has a list
    t.equal(methods.includes('none'), clientDocuments)
  }
})

t.test('stays closed to other origins with openToOtherOrigins: false, and at /authorize always', async (t) => {
  const closed = await server(t, { endpoint: { openToOtherOrigins: false } })
  t.equal(
    (await closed.get('/.well-known/oauth-authorization-server')).headers['access-control-allow-origin'],
    undefined
  )
  const open = await server(t)
  t.equal((await open.authorize()).headers['access-control-allow-origin'], undefined)
  t.equal((await open.exchange('unknown')).headers['access-control-allow-origin'], '*')
})

const ONE_PATH =
  /path, pushedRequestPath, registration\.path, device\.path and device\.verificationPath must differ, also from the pages/
for (const [options, message] of [
  [{}, /store must have records and refreshTokens/],
  [{ store: { records: {}, refreshTokens: {} } }, /store must have records and refreshTokens/],
  [{ store: memoryStore(), codeLifetime: 601 }, /codeLifetime must be a whole number of seconds from 1 to 600/],
  [{ store: memoryStore(), loginPath: 'login' }, /loginPath must be a path such as/],
  [{ store: memoryStore(), pushedRequestPath: true }, /pushedRequestPath must be a path such as/],
  [{ store: memoryStore(), render: 'x' }, /render must be a function/],
  [{ store: memoryStore(), codeLifeTime: 60 }, /codeLifetime/],
  [{ store: memoryStore(), path: '/register', registration: true }, ONE_PATH],
  [{ store: memoryStore(), pushedRequestPath: '/authorize' }, ONE_PATH],
  [{ store: memoryStore(), device: { path: '/device' } }, ONE_PATH],
  [{ store: memoryStore(), device: { path: '/device/decision' } }, ONE_PATH],
  [{ store: memoryStore(), device: { verificationPath: '/authorize/continue' } }, ONE_PATH]
] as const) {
  t.test(
    `refuses the options ${JSON.stringify(Object.keys(options))} at registration: ${message.source} (SEC-153)`,
    async (t) => {
      const fastify = Fastify()
      t.teardown(() => fastify.close())
      await fastify.register(guard)
      await fastify.register(testSessions)
      await fastify.register(tokenEndpoint, {
        issuer,
        audience: issuer,
        keys: [key],
        store: memoryStore(),
        clients: [app]
      })
      const given = options as never as AuthorizationEndpointOptions // possible in JavaScript
      await rejectsLike(t, async () => fastify.register(authorizationEndpoint, given), {
        name: 'RegistrationError',
        message
      })
    }
  )
}

t.test('refuses a second registration in one context', async (t) => {
  const { app: fastify } = await server(t)
  t.same(fastify.hasDecorator('authorizationEndpoint'), true)
  const second = Fastify()
  t.teardown(() => second.close())
  const store = memoryStore()
  await second.register(guard)
  await second.register(testSessions)
  await second.register(tokenEndpoint, { issuer, audience: issuer, keys: [key], store, clients: [app] })
  await second.register(authorizationEndpoint, { store })
  await rejectsLike(t, async () => second.register(authorizationEndpoint, { store }), { name: 'RegistrationError' })
})

t.test(
  'tells of grants, refusals and replays, without a code in an event or a log line (SEC-147, SEC-149)',
  async (t) => {
    const events: unknown[] = []
    const listen = (event: unknown): void => void events.push(event)
    subscribe('latchkey:client-authorization', listen)
    t.teardown(() => unsubscribe('latchkey:client-authorization', listen))
    const lines: string[] = []
    const logger = { level: 'trace', stream: { write: (line: string) => void lines.push(line) } }
    const { code, exchange, authorize } = await server(t, { logger })
    const given = await code({ state: 'canary-state' })
    await exchange(given)
    await exchange(given)
    await authorize({ scope: 'admin' })
    t.same(
      events.map((event) => (event as { kind: string }).kind),
      ['granted', 'code-reused', 'refused']
    )
    t.ok(events.every((event) => Object.isFrozen(event)))
    const told = JSON.stringify(events) + lines.join('')
    t.notOk(told.includes(given))
    t.notOk(told.includes('canary-state'))
  }
)

t.test('answers 503 and 500 with a page that does not say why (RFC 6749 §4.1.2.1)', async (t) => {
  const withStatus = (statusCode: number): Error => Object.assign(new Error('canary'), { statusCode })
  // The status of a library's error is not about this request.
  const foreign = [502, 401, 404, 429].map(withStatus)
  for (const thrown of [withStatus(503), new Error('canary'), ...foreign, undefined, 'canary']) {
    const lines: string[] = []
    const logger = { stream: { write: (line: string) => void lines.push(line) } }
    const failing = async (): Promise<never> => {
      throw thrown as Error // anything can be thrown
    }
    const { authorize, app: fastify } = await server(t, { clients: failing, logger })
    const isDown = thrown instanceof Error && 'statusCode' in thrown && thrown.statusCode === 503
    const answer = await authorize()
    t.equal(answer.status, isDown ? 503 : 500)
    t.match(answer.text, /^<!doctype html>/)
    t.notOk(answer.text.includes('canary'))
    t.equal(answer.headers['retry-after'], isDown ? '5' : undefined)
    const message = `An authorization request ${isDown ? 'could not be answered' : 'failed'}`
    t.ok(lines.some((line) => line.includes(message) && (thrown === undefined || line.includes('canary'))))
    const json = await fastify.inject('/authorize?client_id=app')
    t.equal(json.json().error, isDown ? 'temporarily_unavailable' : 'server_error')
  }
})
