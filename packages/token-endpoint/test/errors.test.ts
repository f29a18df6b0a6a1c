import t from 'tap'
import { like, throwsLike } from '@latchkey/exact'
import { UnavailableError } from '@latchkey/guard'
import { memoryStore } from '@latchkey/store/memory'
import { type Grant, TokenError } from '@latchkey/token-endpoint'
import { claimsOf, server, started, toyGrant } from './fixtures/server.ts'

const grantThat = (fails: () => never): Grant => ({ grantType: 'password', handle: async () => fails() })

for (const [name, error] of Object.entries<unknown>({
  'an error': new Error('password "opensesame" of alice is wrong'),
  'an error with its own status': Object.assign(new Error('opensesame'), { statusCode: 502 }),
  'an error with the status of a refusal': Object.assign(new Error('opensesame'), { statusCode: 401 }),
  'an error with the status 200': Object.assign(new Error('opensesame'), { statusCode: 200 }),
  'a text': 'opensesame',
  nothing: undefined
})) {
  t.test(`a grant that throws ${name} gives a plain 500 without a token, and is logged (SEC-23, SEC-21)`, async (t) => {
    const lines: string[] = []
    const stream = { write: (line: string) => void lines.push(line) }
    let started = 0
    const store = memoryStore()
    const start = async () => {
      started++
    }
    const counting = { ...store.refreshTokens, start }
    const throws = (): never => {
      throw error
    }
    const { login } = await server(
      { store: { ...store, refreshTokens: counting } },
      { grants: [grantThat(throws)], fastify: { logger: { level: 'error', stream } } }
    )
    const { status, text, headers } = await login()
    t.equal(status, 500)
    t.same(JSON.parse(text), { error: 'server_error', error_description: 'The server failed to answer' })
    like(t, headers, { 'content-type': /^application\/json/, 'cache-control': 'no-store', pragma: 'no-cache' })
    t.equal(started, 0)
    like(t, lines, [/A token request failed/])
  })
}

for (const [time, authTime] of [
  [1.9, 1],
  [0, undefined],
  [undefined, null],
  [Number.NaN, null],
  [Number.POSITIVE_INFINITY, null],
  ['1000', null]
] as const) {
  t.test(
    `a grant that returns the time ${String(time)} gives ${authTime === null ? 'a plain 500' : 'whole seconds'} (SEC-23)`,
    async (t) => {
      const begun: number[] = []
      const { refreshTokens, ...store } = memoryStore()
      const start: typeof refreshTokens.start = async (token) => {
        begun.push(token.authenticatedAt)
        return refreshTokens.start(token)
      }
      const grant: Grant = {
        grantType: 'password',
        handle: async () => ({ subject: 'alice', scopes: [], authenticatedAt: time as never }) // possible in JavaScript
      }
      const { login } = await started(
        t,
        { store: { ...store, refreshTokens: { ...refreshTokens, start } } },
        { grants: [grant] }
      )
      const { status, body } = await login()
      if (authTime === null) {
        t.same([status, body.error, begun], [500, 'server_error', []])
        return
      }
      t.equal(claimsOf(body.access_token)['auth_time'], authTime)
      t.same(begun, [authTime ?? 0])
    }
  )
}

t.test(
  'a request that fails before its tokens are issued does not use up the credential of a grant (SEC-23)',
  async (t) => {
    let isUsed = false
    let isDown = true
    const grant: Grant = {
      grantType: 'password',
      async handle() {
        const consume = async (): Promise<void> => {
          if (isUsed) throw new TokenError('invalid_grant', 'The code was used')
          isUsed = true
        }
        return { subject: 'alice', scopes: ['items:read'], authenticatedAt: 1, consume }
      }
    }
    const tokenClaims = async (): Promise<null> => {
      if (isDown) throw new UnavailableError('down')
      return null
    }
    const subjectScopes = (): string[] => ['items:read']
    const { login } = await started(t, { tokenClaims, subjectScopes }, { grants: [grant] })
    t.equal((await login()).status, 503)
    isDown = false
    t.equal((await login({ scope: 'admin' })).body.error, 'invalid_scope')
    t.equal((await login({ resource: 'https://other.example.com' })).body.error, 'invalid_target')
    t.equal(isUsed, false)
    t.equal((await login()).status, 200)
    const again = await login()
    t.same([again.status, again.body.error], [400, 'invalid_grant'])
  }
)

t.test('a failing store gives a plain 500 and no token (SEC-23)', async (t) => {
  const start = async () => {
    throw new Error('relation "refresh_tokens" does not exist')
  }
  const store = memoryStore()
  const { login } = await server({ store: { ...store, refreshTokens: { ...store.refreshTokens, start } } })
  const { status, text } = await login()
  like(t, [status, JSON.parse(text)], [500, { error: 'server_error' }])
  t.notMatch(text, /access_token|relation/)
})

t.test('a failing hook of the application is answered in the OAuth format (SEC-21, SEC-23)', async (t) => {
  for (const [statusCode, error] of [
    [undefined, 'server_error'],
    [500, 'server_error'],
    [401, 'invalid_client'],
    [403, 'invalid_request'],
    [429, 'temporarily_unavailable'],
    [503, 'temporarily_unavailable']
  ] as const) {
    const { app, post } = await server()
    app.addHook('onRequest', async (_request, reply) => {
      reply.header('www-authenticate', 'Custom')
      throw Object.assign(new Error('inside'), { statusCode })
    })
    const { status, body, headers, text } = await post('')
    like(t, [status, body.error], [statusCode ?? 500, error])
    like(t, headers, { 'cache-control': 'no-store', pragma: 'no-cache', 'www-authenticate': 'Custom' })
    t.notMatch(text, /inside/)
  }
})

t.test('an error handler of the application handles all errors except those of token requests (SEC-21)', async (t) => {
  const { app, post } = await server()
  app.setErrorHandler(async () => ({ mine: true }))
  app.get('/boom', async () => {
    throw new Error('boom')
  })
  like(t, await post(''), { status: 400, body: { error: 'invalid_request' } })
  t.same((await app.inject('/boom')).json(), { mine: true })
})

t.test('an unavailable dependency is answered 503 with Retry-After (FAULT-12)', async (t) => {
  const { login } = await server(
    {},
    {
      grants: [
        grantThat(() => {
          throw new UnavailableError('users', { retryAfter: 30 })
        })
      ]
    }
  )
  const { status, text, headers } = await login()
  t.equal(status, 503)
  t.same(JSON.parse(text), { error: 'temporarily_unavailable', error_description: 'The server cannot answer now' })
  like(t, headers, { 'retry-after': '30', 'cache-control': 'no-store', pragma: 'no-cache' })
})

for (const [code, status] of [
  ['invalid_request', 400],
  ['invalid_client', 401],
  ['invalid_grant', 400],
  ['unauthorized_client', 400],
  ['unsupported_grant_type', 400],
  ['invalid_scope', 400],
  ['server_error', 500],
  ['temporarily_unavailable', 503]
] as const) {
  t.test(
    `a grant’s TokenError ${code} is answered ${status}, and its cause is only logged (SEC-21, SEC-23)`,
    async (t) => {
      const throws = (): never => {
        throw new TokenError(code, 'Not today.', { cause: new Error('private') })
      }
      const { login } = await server({}, { grants: [grantThat(throws)] })
      const answer = await login()
      t.equal(answer.status, status)
      t.same(JSON.parse(answer.text), { error: code, error_description: 'Not today.' })
      like(t, answer.headers, { 'cache-control': 'no-store', pragma: 'no-cache' })
      t.equal('retry-after' in answer.headers, status === 503)
      t.equal('www-authenticate' in answer.headers, status === 401)
    }
  )
}

t.test('a description contains only the characters that RFC 6749 allows (SEC-22, RFC 6749 §5.2)', async (t) => {
  const throws = (): never => {
    throw new TokenError('invalid_grant', 'N\u00e3o "hoje"\\\n.')
  }
  const { login } = await server({}, { grants: [grantThat(throws)] })
  t.equal((await login()).body.error_description, 'No hoje.')
})

t.test('a TokenError can have its own status', async (t) => {
  const error = new TokenError('invalid_request', 'Slow down.', { statusCode: 429 })
  like(t, error, { code: 'LATCHKEY_TOKEN_ERROR', error: 'invalid_request', statusCode: 429, message: 'Slow down.' })
})

t.test('the Retry-After of a 429 comes from the error, a limiter or the default (SEC-27)', async (t) => {
  const tokenError = (options: object) => new TokenError('invalid_grant', 'Slow down.', { statusCode: 429, ...options })
  for (const [error, retryAfter] of [
    [tokenError({ retryAfter: 30 }), '30'],
    [tokenError({}), '5']
  ] as const) {
    const throws = (): never => {
      throw error
    }
    const { login } = await server({}, { grants: [grantThat(throws)] })
    like(t, await login(), { status: 429, body: { error: 'invalid_grant' }, headers: { 'retry-after': retryAfter } })
  }
  const { app, login } = await server()
  app.addHook('onRequest', async (_request, reply) => {
    reply.header('retry-after', 60)
    throw Object.assign(new Error('Rate limit exceeded, retry in 1 minute'), { statusCode: 429 })
  })
  like(t, await login(), {
    status: 429,
    body: { error: 'temporarily_unavailable', error_description: 'Too many requests' },
    headers: { 'retry-after': '60' }
  })
})

t.test('a second grant of one type is refused, and the error names the type (FAULT-34)', async (t) => {
  const { app } = await server()
  throwsLike(t, () => app.tokenEndpoint.addGrant(toyGrant), { code: 'LATCHKEY_REGISTRATION' })
  t.throws(() => app.tokenEndpoint.addGrant(toyGrant), /there is a grant of the type "password" already/)
  t.throws(() => app.tokenEndpoint.addGrant({ ...toyGrant, grantType: 'refresh_token' }), /"refresh_token" already/)
  t.same(app.tokenEndpoint.grantTypes, ['refresh_token', 'password'])
})
