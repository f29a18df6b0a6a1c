import net from 'node:net'
import t from 'tap'
import { like } from '@latchkey/exact'
import { type Client, generateClientSecret, hashClientSecret } from '@latchkey/token-endpoint'
import { basic, server } from './fixtures/server.ts'

const { clientSecret, clientSecretHash } = generateClientSecret()
const grantTypes = ['password', 'refresh_token']
const web: Client = { clientId: 'web', clientSecretHash, grantTypes }
const spa: Client = { clientId: 'spa', grantTypes }

t.test('a confidential client authenticates in the header or in the body (SEC-9)', async (t) => {
  const { login } = await server({ clients: [web] })
  like(t, await login({}, { headers: basic('web', clientSecret) }), { status: 200 })
  like(
    t,
    await login(
      {},
      { headers: { authorization: basic('web', clientSecret).authorization.replace('Basic', 'bAsIc ') } }
    ),
    { status: 200 }
  )
  like(t, await login({ client_id: 'web' }, { headers: basic('web', clientSecret) }), { status: 200 })
  like(t, await login({ client_id: 'web', client_secret: clientSecret }), { status: 200 })
})

t.test('a client can be limited to one of the two methods (SEC-9)', async (t) => {
  const byHeader = await server({ clients: [{ ...web, tokenEndpointAuthMethod: 'client_secret_basic' }] })
  like(t, await byHeader.login({}, { headers: basic('web', clientSecret) }), { status: 200 })
  like(t, await byHeader.login({ client_id: 'web', client_secret: clientSecret }), {
    status: 401,
    body: { error: 'invalid_client' }
  })
  const byBody = await server({ clients: [{ ...web, tokenEndpointAuthMethod: 'client_secret_post' }] })
  like(t, await byBody.login({ client_id: 'web', client_secret: clientSecret }), { status: 200 })
  like(t, await byBody.login({}, { headers: basic('web', clientSecret) }), {
    status: 401,
    body: { error: 'invalid_client' }
  })
})

for (const [name, form, headers] of [
  [
    'a secret in the header and in the body',
    { client_id: 'web', client_secret: clientSecret },
    basic('web', clientSecret)
  ],
  ['a header, and a body with only a secret', { client_secret: clientSecret }, basic('web', clientSecret)],
  [
    'a header without a secret, and a secret in the body',
    { client_id: 'web', client_secret: clientSecret },
    basic('web', '')
  ],
  ['a header and a body with different clients', { client_id: 'spa' }, basic('web', clientSecret)],
  ['a header without a client, and a body with one', { client_id: 'web' }, basic('', clientSecret)],
  ['a secret without a client', { client_secret: clientSecret }, {}]
] as const) {
  t.test(`refuses ${name} as invalid_request (SEC-9)`, async (t) => {
    const { login } = await server({ clients: [web, spa] })
    like(t, await login(form, { headers }), { status: 400, body: { error: 'invalid_request' } })
  })
}

t.test('refuses two Authorization headers, although Node shows only the first (SEC-9)', async (t) => {
  const { app } = await server({ clients: [web] })
  await app.listen({ port: 0, host: '127.0.0.1' })
  t.teardown(() => app.close())
  const { authorization } = basic('web', clientSecret)
  const body = 'grant_type=password&username=alice&password=opensesame'
  const { port } = app.addresses()[0] as net.AddressInfo // it listens on TCP
  const answer = await new Promise<string>((resolve, reject) => {
    let text = ''
    net
      .connect(port, '127.0.0.1')
      .setEncoding('utf8')
      .on('data', (data: string) => {
        text += data
      })
      .on('end', () => resolve(text))
      .on('error', reject)
      .write(
        `POST /token HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/x-www-form-urlencoded\r\n` +
          `Authorization: ${authorization}\r\nAuthorization: Basic eDp5\r\nContent-Length: ${body.length}\r\n\r\n${body}`
      )
  })
  t.match(answer, /^HTTP\/1.1 400 .*"error":"invalid_request"/s)
})

for (const [written, clientId] of [
  ['a%3Ab', 'a:b'],
  ['a+b', 'a b'],
  ['a b', 'a b'],
  ['a%2Bb', 'a+b'],
  ['%C3%A9', 'é'],
  ['é', 'é']
] as const) {
  t.test(`reads the client identifier ${written} in the header as ${clientId} (SEC-8)`, async (t) => {
    const { login } = await server({ clients: [{ ...web, clientId }] })
    like(t, await login({}, { headers: basic(written, clientSecret) }), { status: 200 })
  })
}

t.test('splits the credentials at the first colon (SEC-8)', async (t) => {
  const secret = 'Xk7-q8Zt2mVwR4nB6yLp9sDf:H3jKc5Ga1'
  const { login } = await server({ clients: [{ ...web, clientSecretHash: hashClientSecret(secret) }] })
  like(t, await login({}, { headers: basic('web', secret) }), { status: 200 })
})

for (const [name, authorization] of Object.entries({
  'no credentials': 'Basic',
  'no base64': 'Basic ###',
  base64url: 'Basic d2ViOn5-fg',
  'base64 without padding': 'Basic d2ViOmE',
  'base64 with surplus bits': 'Basic d2ViOmF=',
  'base64 with a space': 'Basic d2Vi OmE=',
  'no colon': `Basic ${Buffer.from('web').toString('base64')}`,
  'bytes that are not UTF-8': `Basic ${Buffer.from([0x77, 0xe9, 0x3a, 0x61]).toString('base64')}`,
  'percent-encoding that is not UTF-8': `Basic ${Buffer.from('w%E9:a').toString('base64')}`,
  'a secret without a client': basic('', 'x').authorization,
  'a space before the scheme': ' Basic d2ViOmE',
  'a tab after the scheme': 'Basic\td2ViOmE='
})) {
  t.test(`answers 401 with a challenge to an Authorization header with ${name} (SEC-8, SEC-10)`, async (t) => {
    const { login } = await server({ clients: [web, spa], defaultClientId: 'spa' })
    const { status, body, headers } = await login({}, { headers: { authorization } })
    like(t, [status, body.error], [401, 'invalid_client'])
    t.equal(headers['www-authenticate'], 'Basic realm="token endpoint", charset="UTF-8"')
    like(t, headers, { 'cache-control': 'no-store', 'content-type': /^application\/json/ })
  })
}

for (const authorization of ['Bearer abc', 'bearer', 'DPoP abc', 'Digest username="web"', 'Basics d2ViOmE=', '']) {
  t.test(`ignores the Authorization header "${authorization}" for client authentication (K2.1, SEC-8)`, async (t) => {
    const { login, refresh, revoke } = await server({ clients: [web, spa], defaultClientId: 'spa' })
    const riding = { headers: { authorization } }
    const first = await login({}, riding)
    like(t, first, { status: 200, body: { token_type: 'Bearer' } })
    const second = await refresh(first.body.refresh_token, { client_id: 'spa' }, riding)
    like(t, second, { status: 200, body: { token_type: 'Bearer' } })
    const byForm = await login({ client_id: 'web', client_secret: clientSecret }, riding)
    like(t, byForm, { status: 200, body: { token_type: 'Bearer' } })
    const wrong = await login({ client_id: 'web', client_secret: 'wrong' }, riding)
    like(t, wrong, { status: 401, body: { error: 'invalid_client' } })
    const unproved = await login({ client_id: 'web' }, riding)
    like(t, unproved, { status: 401, body: { error: 'invalid_client' } })
    like(t, await revoke(second.body.refresh_token, {}, riding), { status: 200 })
    const revoked = await refresh(second.body.refresh_token, { client_id: 'spa' }, riding)
    like(t, revoked, { status: 400, body: { error: 'invalid_grant' } })
  })
}

t.test(
  'a confidential client without authentication receives no token, and uses up no refresh token (SEC-11, SEC-83, RFC 6749 §3.2.1, §10.1, RFC 9700 §2.5)',
  async (t) => {
    const { login, refresh } = await server({ clients: [web] })
    const headers = basic('web', clientSecret)
    const { body } = await login({}, { headers })
    like(t, await login({ client_id: 'web' }), { status: 401, body: { error: 'invalid_client' } })
    like(t, await login({}, { headers: basic('web', '') }), { status: 401 })
    like(t, await refresh(body.refresh_token, { client_id: 'web' }), { status: 401, body: { error: 'invalid_client' } })
    like(t, await refresh(body.refresh_token, {}, { headers: basic('web', 'wrong') }), { status: 401 })
    like(t, await refresh(body.refresh_token, {}, { headers }), { status: 200 })
  }
)

t.test('a public client with any secret is refused (SEC-12)', async (t) => {
  const { login } = await server({ clients: [spa] })
  like(t, await login({ client_id: 'spa' }), { status: 200 })
  like(t, await login({}, { headers: basic('spa', '') }), { status: 200 })
  like(t, await login({ client_id: 'spa', client_secret: 'x' }), { status: 401 })
  like(t, await login({}, { headers: basic('spa', 'x') }), { status: 401 })
})

t.test('a request without a client requires a default client (SEC-11)', async (t) => {
  like(t, await (await server({ clients: [web] })).login(), { status: 401, body: { error: 'invalid_client' } })
  like(t, await (await server({ clients: [web, spa] })).login(), { status: 401 })
  like(t, await (await server({ clients: [web, spa], defaultClientId: 'spa' })).login(), { status: 200 })
  like(t, await (await server({ clients: async () => spa })).login(), { status: 401 })
  like(t, await (await server({ clients: async () => spa, defaultClientId: 'spa' })).login(), { status: 200 })
})

t.test('an unknown client and a wrong secret give the same bytes (SEC-12)', async (t) => {
  const { login } = await server({ clients: async (clientId) => (clientId === 'web' ? web : undefined) })
  const listed = await server({ clients: [web] })
  const refused = [
    await login({}, { headers: basic('web', 'wrong') }),
    await login({}, { headers: basic('unknown', 'wrong') }),
    await listed.login({}, { headers: basic('__proto__', 'wrong') }),
    await listed.login({}, { headers: basic('web', 'wrong') }),
    await listed.login({}, { headers: basic('constructor', '') })
  ].map(({ status, text, headers }) => ({ status, text, headers: { ...headers, date: null } }))
  like(t, refused[0], { status: 401 })
  for (const answer of refused) t.same(answer, refused[0], 'SEC-154')
})

t.test('a disabled client and an unknown client give the same bytes (SEC-12)', async (t) => {
  const clients: Client[] = [
    { ...web, disabled: true },
    { ...spa, disabled: true },
    { ...web, clientId: 'live', disabled: false }
  ]
  const found = async (clientId: string) => clients.find((client) => client.clientId === clientId)
  for (const option of [clients, found]) {
    const { app, login } = await server({ clients: option })
    like(t, await login({}, { headers: basic('live', clientSecret) }), { status: 200 })
    const refused = [
      await login({}, { headers: basic('unknown', clientSecret) }),
      await login({}, { headers: basic('web', clientSecret) }),
      await login({}, { headers: basic('spa', '') })
    ].map(({ status, text, headers }) => ({ status, text, headers: { ...headers, date: null } }))
    like(t, refused[0], { status: 401, text: /"invalid_client"/ })
    for (const answer of refused) t.same(answer, refused[0])
    await app.close()
  }
})

t.test('a disabled client cannot refresh, and uses up no refresh token (SEC-11, SEC-59, SEC-83)', async (t) => {
  let disabled = false
  const { login, refresh } = await server({ clients: async () => ({ ...spa, disabled }) })
  const client_id = 'spa'
  const { refresh_token } = (await login({ client_id })).body
  disabled = true
  like(t, await refresh(refresh_token, { client_id }), { status: 401, body: { error: 'invalid_client' } })
  disabled = false
  like(t, await refresh(refresh_token, { client_id }), { status: 200 })
})

t.test('the answer to an unknown client takes as long as that to a wrong secret (SEC-12)', async (t) => {
  const { login } = await server({ clients: [web], clientThrottle: { failures: 1_000 } })
  const times = { web: [] as number[], unknown: [] as number[] }
  for (let i = 0; i < 220; i++) {
    for (const clientId of ['web', 'unknown'] as const) {
      const headers = basic(clientId, 'wrong')
      const start = performance.now()
      await login({}, { headers })
      if (i >= 20) times[clientId].push(performance.now() - start)
    }
  }
  const median = (values: number[]) => values.sort((a, b) => a - b)[values.length / 2] ?? 0
  const ratio = median(times.web) / median(times.unknown)
  t.ok(ratio > 0.7 && ratio < 1.4, `the medians of 200 differ by a factor of ${ratio.toFixed(2)}`)
})

t.test('secrets of any length are compared without errors (SEC-13)', async (t) => {
  const { login } = await server({ clients: [web] })
  for (const client_secret of ['', 'x', 'é', 'x'.repeat(10_000)]) {
    like(t, await login({ client_id: 'web', client_secret }), { status: 401, body: { error: 'invalid_client' } })
  }
})
