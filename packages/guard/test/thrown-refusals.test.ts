import { Readable } from 'node:stream'
import Fastify, { type FastifyInstance, type LightMyRequestResponse } from 'fastify'
import t, { type Test } from 'tap'
import { like } from '@latchkey/exact'
import guard, {
  authenticated,
  AuthenticationRequiredError,
  CrossSiteRequestError,
  InsufficientScopeError,
  InsufficientUserAuthenticationError,
  InvalidDpopProofError,
  InvalidRequestError,
  InvalidTokenError,
  noAuthentication,
  UnavailableError
} from '@latchkey/guard'
import { bearer, type Heard, said, serverWith } from './fixtures/refusing-server.ts'

const CHALLENGE = /^Bearer error="insufficient_scope", error_description="[^"]+", scope="notes:write"$/
const access = { config: { access: authenticated } }
const refusal = (): Error => new InsufficientScopeError(['notes:write'])

function refused(t: Test, response: LightMyRequestResponse, heard: Heard, name: string): void {
  t.equal(response.statusCode, 403, name)
  like(t, response.headers['www-authenticate'], CHALLENGE, name)
  t.equal(response.headers['cache-control'], 'no-store', name)
  t.equal(response.headers.vary, 'key, cookie', name)
  like(t, said(heard), [{ code: 'LATCHKEY_INSUFFICIENT_SCOPE', scheme: 'bearer', subject: 'ann', method: 'GET' }], name)
  like(t, heard.denials, [
    { code: 'LATCHKEY_INSUFFICIENT_SCOPE', scheme: 'bearer', subject: 'ann', scopes: ['notes:write'] }
  ])
}

t.test('a refusal has no stack trace (K29.1)', async (t) => {
  t.equal(refusal().stack, undefined)
})

const places: [name: string, add: (app: FastifyInstance) => unknown][] = [
  ['an async handler', (app) => app.get('/', access, async () => Promise.reject(refusal()))],
  [
    'a handler that throws synchronously',
    (app) =>
      app.get('/', access, () => {
        throw refusal()
      })
  ],
  ['reply.send() of a handler', (app) => app.get('/', access, (_request, reply) => void reply.send(refusal()))],
  [
    'a later call of reply.send()',
    (app) => app.get('/', access, (_request, reply) => void setImmediate(() => reply.send(refusal())))
  ],
  ['a handler that returns the error', (app) => app.get('/', access, async () => refusal())],
  [
    'a hook of the context',
    (app) => {
      app.addHook('preHandler', async () => Promise.reject(refusal()))
      app.get('/', access, async () => 'ok')
    }
  ],
  [
    'a hook that takes a callback',
    (app) => app.get('/', { ...access, preHandler: (_request, _reply, done) => done(refusal()) }, async () => 'ok')
  ],
  [
    'a hook before the body is read',
    (app) => app.get('/', { ...access, onRequest: async () => Promise.reject(refusal()) }, async () => 'ok')
  ],
  [
    'a preSerialization hook',
    (app) =>
      app.get('/', { ...access, preSerialization: async () => Promise.reject(refusal()) }, async () => ({ ok: true }))
  ],
  [
    'an onSend hook',
    (app) => app.get('/', { ...access, onSend: async () => Promise.reject(refusal()) }, async () => 'ok')
  ],
  [
    'a stream',
    (app) =>
      app.get(
        '/',
        access,
        async () =>
          new Readable({
            read() {
              this.destroy(refusal())
            }
          })
      )
  ],
  [
    'a plugin with a context of its own',
    (app) => app.register(async (child) => child.get('/', access, async () => Promise.reject(refusal())))
  ],
  [
    'a handler under an error handler of the server',
    (app) => {
      app.setErrorHandler(async (error: Error & { statusCode: number }, _request, reply) =>
        reply.code(error.statusCode).send({ mine: error.message })
      )
      app.get('/', access, async () => Promise.reject(refusal()))
    }
  ],
  [
    'a handler under error handlers of the server and of a child',
    (app) => {
      app.setErrorHandler((error: Error & { statusCode: number }, _request, reply) =>
        reply.code(error.statusCode).send('outer')
      )
      return app.register(async (child) => {
        child.setErrorHandler((error) => {
          throw error
        })
        child.get('/', access, async () => Promise.reject(refusal()))
      })
    }
  ],
  [
    'an error handler that throws it instead of another error',
    (app) => {
      app.setErrorHandler(async () => Promise.reject(refusal()))
      app.get('/', access, async () => Promise.reject(new Error('of the database')))
    }
  ],
  [
    'an error handler that sends it instead of another error',
    (app) => {
      app.setErrorHandler((_error, _request, reply) => reply.send(refusal()))
      app.get('/', access, async () => Promise.reject(new Error('of the database')))
    }
  ],
  [
    'an outer error handler after an inner one failed',
    (app) => {
      app.setErrorHandler(async () => Promise.reject(refusal()))
      return app.register(async (child) => {
        child.setErrorHandler(async () => Promise.reject(new Error('of the handler')))
        child.get('/', access, async () => Promise.reject(new Error('of the database')))
      })
    }
  ]
]

for (const [name, add] of places) {
  t.test(`a refusal has its challenge, its log line and its event when it comes from ${name} (K3.1)`, async (t) => {
    const heard = await serverWith(t, add)
    refused(t, await heard.app.inject({ url: '/', headers: { key: 'ann' } }), heard, name)
  })
}

const kinds: [error: () => Error, status: number, challenge: RegExp | undefined, others?: Record<string, string>][] = [
  [() => new AuthenticationRequiredError(), 401, /^Bearer$/],
  [() => new InvalidTokenError('It is over'), 401, /^Bearer error="invalid_token", error_description="It is over"$/],
  [() => new InvalidRequestError('Twice'), 400, /^Bearer error="invalid_request", error_description="Twice"$/],
  [
    () => new InsufficientUserAuthenticationError(60),
    401,
    /^Bearer error="insufficient_user_authentication", .*, max_age="60"$/
  ],
  [
    () => new InvalidDpopProofError('use_dpop_nonce', 'Another', { nonce: 'n' }),
    401,
    /^Bearer error="use_dpop_nonce"/,
    { 'dpop-nonce': 'n' }
  ],
  [() => new CrossSiteRequestError(), 403, undefined],
  [() => new UnavailableError('It is down', { retryAfter: 7 }), 503, undefined, { 'retry-after': '7' }]
]

t.test('every class of refusal has the headers of the guard (K3.1)', async (t) => {
  for (const [error, statusCode, challenge, others = {}] of kinds) {
    const heard = await serverWith(t, (app) => app.get('/', access, async () => Promise.reject(error())))
    const response = await heard.app.inject({ url: '/', headers: { key: 'ann' } })
    like(t, response, { statusCode, headers: { 'cache-control': 'no-store', ...others } })
    like(t, response.headers['www-authenticate'], challenge)
    t.equal(said(heard).length, 1)
    t.equal(heard.denials.length, 1)
  }
})

t.test('a refusal of the guard itself is logged and published once, with any error handler (K3.1)', async (t) => {
  for (const handle of [undefined, async (error: Error) => Promise.reject(error)]) {
    const heard = await serverWith(t, (app) => {
      if (handle) app.setErrorHandler(handle)
      app.get('/', access, async () => 'ok')
    })
    const response = await heard.app.inject('/')
    like(t, response, { statusCode: 401, headers: { 'www-authenticate': 'Bearer' } })
    t.equal(said(heard).length, 1)
    t.equal(heard.denials.length, 1)
  }
})

t.test('a second refusal instead of the first has its own challenge and no second log line (K3.1)', async (t) => {
  const heard = await serverWith(t, (app) => {
    app.setErrorHandler(async () => Promise.reject(refusal()))
    app.get('/', access, async () => 'ok')
  })
  const response = await heard.app.inject('/')
  like(t, response, { statusCode: 403, headers: { 'www-authenticate': /^Bearer error="insufficient_scope"/ } })
  like(t, said(heard), [{ code: 'LATCHKEY_AUTHENTICATION_REQUIRED' }])
  t.equal(heard.denials.length, 1)
})

t.test('an error of another class is unchanged, with any status (K3.1)', async (t) => {
  for (const statusCode of [401, 403, 503]) {
    const heard = await serverWith(t, (app) =>
      app.get('/', access, async () =>
        Promise.reject(Object.assign(new Error('theirs'), { statusCode, scopes: ['a'] }))
      )
    )
    const response = await heard.app.inject({ url: '/', headers: { key: 'ann' } })
    t.equal(response.statusCode, statusCode)
    t.equal(response.json().message, 'theirs')
    t.notOk('www-authenticate' in response.headers)
    t.notOk('retry-after' in response.headers)
    t.same([said(heard), heard.denials], [[], []])
  }
})

t.test('a refusal on a route without a check of the guard has its challenge and no log line (K3.1)', async (t) => {
  const fail = async (): Promise<never> => Promise.reject(new InvalidTokenError('No'))
  const heard = await serverWith(t, (app) => {
    app.setNotFoundHandler(fail)
    app.get('/webhook', { config: { access: noAuthentication } }, fail)
  })
  for (const url of ['/nowhere', '/webhook']) {
    const response = await heard.app.inject(url)
    like(t, response, { statusCode: 401, headers: { 'www-authenticate': /^Bearer error="invalid_token"/ } }, url)
  }
  t.same([said(heard), heard.denials], [[], []])
  const closed = await serverWith(t, (app) =>
    app.setNotFoundHandler(async () => Promise.reject(new AuthenticationRequiredError()))
  )
  like(t, await closed.app.inject('/nowhere'), { statusCode: 401, headers: { 'www-authenticate': 'Bearer' } })
})

t.test('a refusal of a hook before the guard has its challenge (K3.1)', async (t) => {
  const app = Fastify()
  t.teardown(() => app.close())
  app.addHook('onRequest', async () => Promise.reject(new InvalidTokenError('No')))
  await app.register(guard)
  app.guard.addAuthenticator(bearer)
  app.get('/', access, async () => 'ok')
  const response = await app.inject('/')
  like(t, response, { statusCode: 401, headers: { 'www-authenticate': /^Bearer error="invalid_token"/, vary: 'key' } })
})
