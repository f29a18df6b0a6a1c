import t from 'tap'
import { like } from '@latchkey/exact'
import { fakeProvider } from './fixtures/fake-provider.ts'
import { house, origin, page, pathOf, server, started } from './fixtures/server.ts'
import { setCookies } from './fixtures/cookie-jar.ts'

t.test(
  'a state from another browser is refused without a token request (SEC-96, FAULT-31, RFC 6749 §10.12, RFC 9700 §2.1, §4.7.1)',
  async (t) => {
    const { provider, browser, sessions } = await started(t)
    const [alice, mallory] = [browser(), browser()]
    const back = pathOf(provider.agree(String((await alice.get('/login')).headers.location)))
    const answer = await mallory.get(back)
    t.equal(answer.statusCode, 400)
    t.match(answer.body, /href="\/login"/)
    t.equal(provider.count('/token'), 0)
    t.equal(sessions.size, 0)
  }
)

t.test('a callback is accepted once (SEC-96, RFC 9700 §4.2.4)', async (t) => {
  const { provider, browser, sessions } = await started(t)
  const alice = browser()
  const back = pathOf(provider.agree(String((await alice.get('/login')).headers.location)))
  t.equal((await alice.get(back)).statusCode, 303)
  t.equal((await alice.get(back)).statusCode, 400)
  t.equal(provider.count('/token'), 1)
  t.equal(sessions.size, 1)
})

t.test('a used code is refused when the cookie was copied (SEC-96)', async (t) => {
  const { provider, browser, app } = await started(t)
  const alice = browser()
  const url = pathOf(provider.agree(String((await alice.get('/login')).headers.location)))
  const headers = { cookie: alice.jar.header }
  await app.inject({ url, headers })
  const answer = await app.inject({ url, headers })
  t.equal(answer.statusCode, 400)
  like(t, answer.json(), { error: 'invalid_state' })
})

t.test('every callback ends its transaction (SEC-96)', async (t) => {
  for (const query of ['error=access_denied', 'code=a&code=b', 'error=server_error', 'code=wrong', '']) {
    const { browser } = await started(t)
    const { get, jar } = browser()
    const state = new URL(String((await get('/login')).headers.location)).searchParams.get('state')
    await get(`/login/house/callback?state=${state}&${query}`)
    t.same(jar.logins, [], query)
  }
})

const useless = [
  { title: 'no code', query: '', status: 400, error: 'invalid_response' },
  { title: 'an empty code', query: '&code=', status: 400, error: 'invalid_response' },
  { title: 'two codes', query: '&code=a&code=b', status: 400, error: 'invalid_response' },
  { title: 'two errors', query: '&error=a&error=b', status: 400, error: 'invalid_response' },
  { title: 'a code of 8193 characters', query: `&code=${'a'.repeat(8193)}`, status: 400, error: 'invalid_response' },
  { title: 'a code and an error', query: '&code=a&error=server_error', status: 502, error: 'provider_error' },
  { title: 'a refusal by the user', query: '&error=access_denied', status: 403, error: 'access_denied' },
  { title: 'an unfinished login', query: '&error=login_required', status: 403, error: 'access_denied' },
  {
    title: 'a busy provider',
    query: '&error=temporarily_unavailable',
    status: 503,
    error: 'provider_unavailable'
  },
  { title: 'an unknown error', query: '&error=invalid_scope', status: 502, error: 'provider_error' }
]

for (const { title, query, status, error } of useless) {
  t.test(`a callback with ${title} sends no token request (SEC-107)`, async (t) => {
    const { provider, browser, sessions } = await started(t)
    const { get } = browser()
    const state = new URL(String((await get('/login')).headers.location)).searchParams.get('state')
    const answer = await get(`/login/house/callback?state=${state}${query}`, {
      headers: { accept: 'application/json' }
    })
    t.equal(answer.statusCode, status)
    like(t, answer.json(), { error, error_description: String })
    t.equal(answer.headers['retry-after'], status === 503 ? '5' : undefined)
    t.equal(provider.count('/token'), 0)
    t.equal(sessions.size, 0)
  })
}

t.test('a missing, repeated or unknown state is refused (SEC-107)', async (t) => {
  const { provider, browser } = await started(t)
  const { get } = browser()
  const state = new URL(String((await get('/login')).headers.location)).searchParams.get('state')
  for (const query of ['code=a', `state=${state}&state=${state}&code=a`, 'state=__proto__&code=a']) {
    t.equal((await get(`/login/house/callback?${query}`)).statusCode, 400, query)
  }
  t.equal(provider.count('/token'), 0)
})

const issuers = [
  { title: 'announced and missing', promised: true, said: undefined, status: 400 },
  { title: 'announced and correct', promised: true, said: 'right', status: 303 },
  { title: 'announced and wrong', promised: true, said: 'https://evil.example', status: 400 },
  { title: 'announced and empty', promised: true, said: '', status: 400 },
  { title: 'not announced and missing', promised: false, said: undefined, status: 303 },
  { title: 'not announced and correct', promised: false, said: 'right', status: 303 },
  { title: 'not announced and wrong', promised: false, said: 'https://evil.example', status: 400 }
]

for (const { title, promised, said, status } of issuers) {
  t.test(
    `the response parameter iss is ${title}: ${status} (SEC-102, RFC 9207 §2.4, RFC 9700 §2.1, §4.4.2.1)`,
    async (t) => {
      const { provider, browser } = await started(t)
      provider.metadata = { authorization_response_iss_parameter_supported: promised }
      const { get } = browser()
      const back = provider.agree(String((await get('/login')).headers.location))
      if (said !== undefined) back.searchParams.set('iss', said === 'right' ? provider.issuer : said)
      t.equal((await get(pathOf(back))).statusCode, status)
      t.equal(provider.count('/token'), status === 303 ? 1 : 0)
    }
  )
}

t.test('a callback with two parameters iss is refused (SEC-102, RFC 9207 §2.4)', async (t) => {
  const { provider, browser } = await started(t)
  const { get } = browser()
  const back = provider.agree(String((await get('/login')).headers.location))
  back.searchParams.append('iss', provider.issuer)
  back.searchParams.append('iss', 'https://evil.example')
  t.equal((await get(pathOf(back))).statusCode, 400)
  t.equal(provider.count('/token'), 0)
})

t.test('the parameter iss is checked before an error of the provider (SEC-102, RFC 9207 §2.4)', async (t) => {
  const { browser } = await started(t)
  const { get } = browser()
  const state = new URL(String((await get('/login')).headers.location)).searchParams.get('state')
  const answer = await get(`/login/house/callback?state=${state}&error=access_denied&iss=https%3A%2F%2Fevil.example`)
  t.equal(answer.statusCode, 400)
})

t.test(
  'a provider in a mix-up attack receives no code of another provider (SEC-103, RFC 8252 §8.10, RFC 9700 §4.4.2, §4.4.2.2)',
  async (t) => {
    const [honest, evil] = [await fakeProvider(t), await fakeProvider(t)]
    const { browser } = await server(t, { providers: [house(honest, 'honest'), house(evil, 'evil')] })
    const { get } = browser()
    // The malicious provider redirects the browser to the honest one, with the state of its own login.
    const toEvil = new URL(String((await get('/login/evil')).headers.location))
    const back = honest.agree(toEvil.href.replace(evil.issuer, honest.issuer).replaceAll('evil', 'honest'))
    t.equal(back.pathname, '/login/honest/callback')
    t.equal((await get(pathOf(back))).statusCode, 400)
    t.equal(evil.count('/token') + honest.count('/token'), 0)
  }
)

t.test('a login is refused after ten minutes (SEC-98, FAULT-31)', async (t) => {
  let now = Date.now()
  const { provider, browser } = await started(t, { now: () => now })
  const alice = browser()
  const back = pathOf(provider.agree(String((await alice.get('/login')).headers.location)))
  now += 600_000
  t.equal((await alice.get(back)).statusCode, 400)
  t.equal(provider.count('/token'), 0)
})

t.test('a browser can have five logins in progress; a sixth replaces the oldest (SEC-97)', async (t) => {
  let now = Date.now()
  const { provider, browser } = await started(t, { now: () => now })
  const { get, jar } = browser()
  jar.cookies.set('__Host-login.planted', 'garbage')
  const starts: string[] = []
  for (let i = 0; i < 6; i++) {
    starts.push(String((await get('/login')).headers.location))
    now += 1000
  }
  t.equal(jar.logins.length, 5)
  const [first = '', second = ''] = starts
  t.equal((await get(pathOf(provider.agree(first)))).statusCode, 400)
  t.equal((await get(pathOf(provider.agree(second)))).statusCode, 303)
})

t.test('the state in the sealed cookie must equal the returned state (SEC-96, RFC 9700 §4.7.1)', async (t) => {
  const { provider, browser } = await started(t)
  const { get, jar } = browser()
  const [one = '', other = ''] = [(await get('/login')).headers.location, (await get('/login')).headers.location].map(
    String
  )
  const [first = '', second = ''] = jar.logins
  jar.cookies.set(second, jar.cookies.get(first) ?? '')
  jar.cookies.delete(first)
  t.equal((await get(pathOf(provider.agree(other)))).statusCode, 400)
  t.equal((await get(pathOf(provider.agree(one)))).statusCode, 400)
  t.equal(provider.count('/token'), 0, 'no code is sent with the verifier of another login')
})

t.test('a login survives the rotation of the secrets (SEC-35)', async (t) => {
  const [old, young] = ['9Pqz4yZ1mKvTt3sXwR8uVb6nHc2dLfGjQeAoIiUyWzE', 'x7TgBqL0sVnMwZyKcRjFhPdU3iXoE1aQ9tWr5v8b2mN']
  const provider = await fakeProvider(t)
  const before = await server(t, { providers: [house(provider)], secrets: [old] })
  const after = await server(t, { providers: [house(provider)], secrets: [young, old] })
  const later = await server(t, { providers: [house(provider)], secrets: [young] })
  const alice = before.browser()
  const back = pathOf(provider.agree(String((await alice.get('/login')).headers.location)))
  const headers = { cookie: alice.jar.header }
  t.equal((await later.app.inject({ url: back, headers })).statusCode, 400)
  t.equal((await after.app.inject({ url: back, headers })).statusCode, 303)
})

t.test(
  'a callback redirects to a clean URL, without referrer and caching (SEC-115, SEC-26, RFC 6749 §3.1.2.5, RFC 9700 §4.2.4)',
  async (t) => {
    const { provider, browser } = await started(t)
    const answer = await browser().login(provider)
    t.equal(answer.statusCode, 303)
    t.equal(answer.headers.location, '/')
    like(t, answer.headers, { 'referrer-policy': 'no-referrer', 'cache-control': 'no-store' })
  }
)

t.test('the redirect URI contains the configured origin, with any request headers (SEC-30)', async (t) => {
  const { app } = await started(t)
  const headers = { host: 'evil.example', 'x-forwarded-host': 'evil.example', 'x-forwarded-proto': 'http' }
  const { headers: sent } = await app.inject({ url: '/login', headers })
  t.equal(new URL(String(sent.location)).searchParams.get('redirect_uri'), `${origin}/login/house/callback`)
})

t.test(
  'form_post: the callback accepts a cross-site POST, and only the login cookie has SameSite=None (SEC-110)',
  async (t) => {
    const { provider, browser } = await started(t, {}, { responseMode: 'form_post' })
    const { get, post, jar } = browser()
    const start = await get('/login')
    t.match(setCookies(start.headers)[0], /; Secure; SameSite=None$/)
    const back = provider.agree(String(start.headers.location))
    t.equal(new URL(String(start.headers.location)).searchParams.get('response_mode'), 'form_post')
    const answer = await post(back.pathname, Object.fromEntries(back.searchParams), {
      headers: { 'sec-fetch-site': 'cross-site' }
    })
    t.equal(answer.statusCode, 303)
    t.match(
      setCookies(answer.headers).find((line) => line.startsWith('session=')),
      /SameSite=Lax/
    )
    t.same(jar.logins, [])
  }
)

t.test('a callback by GET is refused when the provider answers by POST', async (t) => {
  const { provider, browser } = await started(t, {}, { responseMode: 'form_post' })
  const alice = browser()
  t.equal((await alice.login(provider)).statusCode, 400)
  t.equal(provider.count('/token'), 0)
})

t.test('an unknown provider is answered 404 (SEC-154)', async (t) => {
  const { browser } = await started(t)
  for (const name of ['__proto__', 'constructor', 'nobody']) {
    for (const path of [`/login/${name}`, `/login/${name}/callback`]) {
      t.equal((await browser().get(path, { headers: page })).statusCode, 404, path)
    }
  }
})

t.test('HEAD does not start a login', async (t) => {
  const { app } = await started(t)
  t.equal((await app.inject({ method: 'HEAD', url: '/login' })).statusCode, 404)
})
