import t from 'tap'
import { discord } from '@latchkey/login'
import { type Answer, fakeProvider } from './fixtures/fake-provider.ts'
import { house, pathOf, server, started } from './fixtures/server.ts'

t.test('a provider that is down at the start affects only its own login (FAULT-1)', async (t) => {
  const [up, down] = [await fakeProvider(t), await fakeProvider(t)]
  await down.stop()
  const { browser } = await server(t, { providers: [house(up, 'up'), house(down, 'down')] })
  const answer = await browser().get('/login/down')
  t.equal(answer.statusCode, 503)
  t.match(answer.headers['retry-after'], /^\d+$/)
  t.match(answer.headers['content-type'], /^text\/html/)
  t.equal((await browser().login(up, '/login/up')).statusCode, 303)
})

const unusable: { title: string; metadata: Record<string, unknown> }[] = [
  { title: 'another issuer (SEC-104)', metadata: { issuer: 'https://elsewhere.example' } },
  { title: 'no token endpoint', metadata: { token_endpoint: undefined } },
  { title: 'no authorization endpoint', metadata: { authorization_endpoint: undefined } },
  { title: 'PKCE with the method plain only (SEC-99)', metadata: { code_challenge_methods_supported: ['plain'] } },
  { title: 'an endpoint of another scheme (SEC-104, SEC-140)', metadata: { token_endpoint: 'file:///etc/passwd' } }
]

for (const { title, metadata } of unusable) {
  t.test(`a login does not start when the metadata have ${title} (RFC 9700 §2.6)`, async (t) => {
    const { provider, browser } = await started(t)
    provider.metadata = metadata
    t.equal((await browser().get('/login')).statusCode, 502)
  })
}

t.test('a provider without a list of PKCE methods receives S256 (SEC-99, RFC 7636 §4.2, §5, §7.2)', async (t) => {
  const { provider, browser } = await started(t)
  provider.metadata = { code_challenge_methods_supported: undefined }
  const { headers } = await browser().get('/login')
  t.equal(new URL(String(headers.location)).searchParams.get('code_challenge_method'), 'S256')
})

interface Case {
  readonly title: string
  readonly answer: Answer
  readonly status: number
}

const tokenAnswers: Case[] = [
  { title: '200 with an error', answer: { body: { error: 'bad_client' } }, status: 502 },
  { title: '200 with the error of a used code', answer: { body: { error: 'bad_verification_code' } }, status: 400 },
  { title: 'no access token', answer: { body: { token_type: 'Bearer' } }, status: 502 },
  {
    title: 'an access token of type number',
    answer: { body: { access_token: 1, token_type: 'Bearer' } },
    status: 502
  },
  { title: 'another type of token', answer: { body: { access_token: 'a', token_type: 'mac' } }, status: 502 },
  { title: 'no ID token', answer: { body: { access_token: 'a' } }, status: 502 },
  { title: 'an HTML page', answer: { headers: { 'content-type': 'text/html' }, text: '<h1>Hello</h1>' }, status: 502 },
  { title: 'incomplete JSON', answer: { text: '{"access_token":' }, status: 502 },
  { title: 'null', answer: { text: 'null' }, status: 502 },
  { title: 'a text', answer: { text: '"hello"' }, status: 502 },
  { title: 'a list', answer: { text: '[]' }, status: 502 },
  { title: '70 KB', answer: { text: JSON.stringify({ access_token: 'a'.repeat(70_000) }) }, status: 502 },
  {
    title: 'a token of 17 KB',
    answer: { body: { access_token: 'a'.repeat(17_000), token_type: 'Bearer' } },
    status: 502
  },
  { title: 'the error of an unknown client', answer: { status: 401, body: { error: 'invalid_client' } }, status: 502 },
  { title: 'the error of an expired code', answer: { status: 400, body: { error: 'invalid_grant' } }, status: 400 },
  {
    title: '400 and an HTML page',
    answer: { status: 400, headers: { 'content-type': 'text/html' }, text: '<h1>' },
    status: 502
  },
  { title: '500', answer: { status: 500, body: {} }, status: 502 },
  {
    title: '503 and Retry-After',
    answer: { status: 503, headers: { 'retry-after': '7' }, body: {} },
    status: 502
  },
  { title: '429', answer: { status: 429, text: 'slow down' }, status: 502 },
  { title: 'a redirect (SEC-109)', answer: { status: 307, headers: { location: '/elsewhere' } }, status: 502 }
]

for (const { title, answer, status } of tokenAnswers) {
  t.test(`a token endpoint that answers with ${title}: ${status} (SEC-108, FAULT-8)`, async (t) => {
    const { provider, browser, sessions } = await started(t)
    provider.answers.set('/token', answer)
    const alice = browser()
    const back = pathOf(provider.agree(String((await alice.get('/login')).headers.location)))
    const { statusCode, headers, body } = await alice.get(back)
    t.equal(statusCode, status)
    t.equal(headers['retry-after'], undefined)
    t.match(body, /href="\/login"/)
    t.same(alice.jar.logins, [])
    t.equal(sessions.size, 0)
    t.equal(provider.count('/token'), 1, 'the code is sent once')
    t.equal(provider.count('/elsewhere'), 0)
  })
}

t.test('a token endpoint that closes the connection is answered 502 (FAULT-8, FAULT-30)', async (t) => {
  const { provider, browser } = await started(t)
  provider.answers.set('/token', async () => {
    await provider.stop()
    return null
  })
  t.equal((await browser().login(provider)).statusCode, 502)
})

const userinfoAnswers: Case[] = [
  { title: 'a list', answer: { text: '[]' }, status: 502 },
  { title: 'null', answer: { text: 'null' }, status: 502 },
  { title: 'an HTML page', answer: { headers: { 'content-type': 'text/html' }, text: '<h1>' }, status: 502 },
  { title: '401', answer: { status: 401, body: {} }, status: 502 },
  { title: '500', answer: { status: 500, body: {} }, status: 503 },
  { title: '429', answer: { status: 429, body: {} }, status: 503 }
]

for (const { title, answer, status } of userinfoAnswers) {
  t.test(`a userinfo endpoint that answers with ${title}: ${status}`, async (t) => {
    const { provider, browser, sessions } = await started(t)
    provider.answers.set('/userinfo', answer)
    t.equal((await browser().login(provider)).statusCode, status)
    t.equal(sessions.size, 0)
  })
}

t.test('an ID token is answered 503 when the keys are not available', async (t) => {
  const { provider, browser } = await started(t)
  provider.answers.set('/jwks', { status: 500 })
  t.equal((await browser().login(provider)).statusCode, 503)
})

t.test('a provider without a key set is answered 503', async (t) => {
  const { provider, browser } = await started(t)
  provider.metadata = { jwks_uri: undefined }
  t.equal((await browser().login(provider)).statusCode, 503)
})

t.test('a missing or invalid lifetime gives no expiry', async (t) => {
  const provider = await fakeProvider(t)
  const seen: unknown[] = []
  const { browser } = await server(t, {
    providers: [discord({ clientId: 'app', clientSecret: 'opensesame', baseUrl: provider.issuer })],
    now: () => 1_000_999,
    onLogin: ({ tokens }) => void seen.push(tokens.expiresAt)
  })
  for (const lifetime of [undefined, 'soon', -1, 1e300, '600', 600]) {
    provider.tokens = { expires_in: lifetime }
    await browser().login(provider)
  }
  t.same(seen, [null, null, null, null, 1600, 1600])
})
