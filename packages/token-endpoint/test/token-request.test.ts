import t from 'tap'
import { like } from '@latchkey/exact'
import { basic, server } from './fixtures/server.ts'

t.test('a sign-in returns an uncacheable access token and refresh token (SEC-21, RFC 6749 §5.1)', async (t) => {
  const { login } = await server()
  const { status, body, headers } = await login({ scope: 'items:read' })
  t.equal(status, 200)
  t.same(Object.keys(body), ['access_token', 'token_type', 'expires_in', 'refresh_token', 'scope'])
  like(t, body, { token_type: 'Bearer', expires_in: 600, scope: 'items:read' })
  like(t, headers, { 'content-type': /^application\/json/, 'cache-control': 'no-store', pragma: 'no-cache' })
  t.notOk('location' in headers, 'the answer is not a redirect (SEC-26)')
})

for (const method of ['GET', 'HEAD', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'] as const) {
  t.test(`${method} is answered 405 with the allowed method, without a token (SEC-1, RFC 6749 §3.2)`, async (t) => {
    const { app } = await server()
    const url = '/token?grant_type=password&username=alice&password=opensesame'
    for (const type of ['application/x-www-form-urlencoded', 'application/json', ' x']) {
      const answer = await app.inject({ method, url, headers: { 'content-type': type } })
      t.equal(answer.statusCode, 405)
      like(t, answer.headers, { allow: 'POST', 'cache-control': 'no-store', pragma: 'no-cache' })
      if (method !== 'HEAD') t.equal(answer.json().error, 'invalid_request')
      t.notMatch(answer.body, /access_token/)
    }
  })
}

t.test(
  'a missing grant_type is invalid_request, an unknown one is unsupported_grant_type (SEC-6, RFC 6749 §5.2)',
  async (t) => {
    const { post } = await server()
    like(t, await post({ username: 'alice' }), { status: 400, body: { error: 'invalid_request' } })
    like(t, await post({ grant_type: '' }), { status: 400, body: { error: 'invalid_request' } })
    like(t, await post(''), { status: 400, body: { error: 'invalid_request' } })
    for (const name of ['implicit', '__proto__', 'constructor', 'toString']) {
      like(
        t,
        await post({ grant_type: name }),
        { status: 400, body: { error: 'unsupported_grant_type' } },
        `${name} (SEC-154)`
      )
    }
  }
)

t.test('unknown parameters with any name are ignored (SEC-6, SEC-154)', async (t) => {
  const { login } = await server()
  like(t, await login({ nonce: 'x', __proto__x: 'y', constructor: 'z' }), { status: 200 })
  const { post } = await server()
  const form = 'grant_type=password&username=alice&password=opensesame&__proto__=x&hasOwnProperty=y'
  like(t, await post(form), { status: 200 })
})

for (const [name, query] of Object.entries({
  'a user’s credentials': 'username=alice&password=opensesame',
  'the grant type': 'grant_type=password',
  'a client secret': 'client_id=first-party&client_secret=s3cret',
  'a refresh token': 'grant_type=refresh_token&refresh_token=abc'
})) {
  t.test(`${name} in the URI is ignored and not logged (SEC-7)`, async (t) => {
    const lines: string[] = []
    const stream = { write: (line: string) => void lines.push(line) }
    const { app } = await server({}, { fastify: { logger: { level: 'trace', stream } } })
    const answer = await app.inject({
      method: 'POST',
      url: `/token?${query}`,
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      payload: query.includes('grant_type') ? 'username=alice&password=opensesame' : 'grant_type=password'
    })
    t.equal(answer.statusCode, 400)
    like(t, answer.headers, { 'cache-control': 'no-store' })
    t.notMatch(answer.body, /access_token/)
    await app.inject({ method: 'GET', url: `/token?${query}` })
    t.match(lines.join(''), /"url":"\/token"/)
    for (const value of query.split('&')) t.notOk(lines.join('').includes(value), value)
  })
}

t.test('answers do not depend on the Host header (SEC-30, RFC 9700 §4.13)', async (t) => {
  const { app, login } = await server({}, { fastify: { trustProxy: true } })
  const headers = { host: 'evil.example', 'x-forwarded-host': 'evil.example', 'x-forwarded-proto': 'http' }
  const { body } = await login({}, { headers })
  const claims = JSON.parse(Buffer.from(body.access_token.split('.')[1] ?? '', 'base64url').toString())
  t.equal(claims.iss, 'https://api.example.com')
  const metadata = await app.inject({ url: '/.well-known/oauth-authorization-server', headers })
  t.notMatch(metadata.body, /evil/)
})

t.test('the blank client fields of Swagger UI mean the default client (SEC-5, SEC-8)', async (t) => {
  const { login } = await server()
  const answer = await login({ scope: '' }, { headers: { authorization: 'Basic Og==' } })
  like(t, answer, { status: 200, body: { token_type: 'Bearer' } })
  t.notOk('scope' in answer.body, 'no scope is granted without a request')
  like(t, await login({ scope: 'items:read' }, { headers: basic('first-party', '') }), { status: 200 })
})

t.test('a client without the refresh grant receives no refresh token (SEC-14, RFC 9700 §4.14.2)', async (t) => {
  const { login } = await server({ clients: [{ clientId: 'cli', grantTypes: ['password'] }] })
  const { status, body } = await login()
  t.equal(status, 200)
  t.notOk('refresh_token' in body)
})

t.test('each client can use only its own grants (SEC-14)', async (t) => {
  const all = ['password', 'refresh_token', 'other']
  const clients = [[], ['password'], ['refresh_token'], ['password', 'refresh_token']].map((grantTypes, index) => ({
    clientId: `client-${index}`,
    grantTypes
  }))
  const { post } = await server({ clients })
  for (const { clientId, grantTypes } of clients) {
    for (const grant_type of all) {
      const { status, body } = await post({
        grant_type,
        client_id: clientId,
        username: 'alice',
        password: 'opensesame',
        refresh_token: 'unknown'
      })
      const refusal = grant_type === 'other' ? 'unsupported_grant_type' : 'unauthorized_client'
      const allowed = grant_type === 'password' ? undefined : 'invalid_grant'
      t.equal(body.error, grantTypes.includes(grant_type) ? allowed : refusal, `${clientId} ${grant_type}`)
      t.equal(status, body.error === undefined ? 200 : 400)
    }
  }
})
