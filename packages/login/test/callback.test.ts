import t from 'tap'
import { like } from '@latchkey/exact'
import { fakeProvider } from './fixtures/fake-provider.ts'
import { house, origin, page, pathOf, server, started } from './fixtures/server.ts'
import { setCookies } from './fixtures/cookie-jar.ts'

t.test(
  'a state that this browser did not bring along is refused, and no token is asked for (SEC-96, FAULT-31)',
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

t.test('a callback works once (SEC-96)', async (t) => {
  const { provider, browser, sessions } = await started(t)
  const alice = browser()
  const back = pathOf(provider.agree(String((await alice.get('/login')).headers.location)))
  t.equal((await alice.get(back)).statusCode, 303)
  t.equal((await alice.get(back)).statusCode, 400)
  t.equal(provider.count('/token'), 1)
  t.equal(sessions.size, 1)
})

t.test('a code that was used already is refused, where the cookie was copied (SEC-96)', async (t) => {
  const { provider, browser, app } = await started(t)
  const alice = browser()
  const url = pathOf(provider.agree(String((await alice.get('/login')).headers.location)))
  const headers = { cookie: alice.jar.header }
  await app.inject({ url, headers })
  const answer = await app.inject({ url, headers })
  t.equal(answer.statusCode, 400)
  like(t, answer.json(), { error: 'invalid_state' })
})

t.test('any callback uses the transaction up (SEC-96)', async (t) => {
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
  { title: 'a code without end', query: `&code=${'a'.repeat(8193)}`, status: 400, error: 'invalid_response' },
  { title: 'a code beside an error', query: '&code=a&error=server_error', status: 502, error: 'provider_error' },
  { title: 'a refusal by the person', query: '&error=access_denied', status: 403, error: 'access_denied' },
  { title: 'a login that was not finished', query: '&error=login_required', status: 403, error: 'access_denied' },
  {
    title: 'a provider that is busy',
    query: '&error=temporarily_unavailable',
    status: 503,
    error: 'provider_unavailable'
  },
  { title: 'an error that nobody knows', query: '&error=invalid_scope', status: 502, error: 'provider_error' }
]

for (const { title, query, status, error } of useless) {
  t.test(`a callback with ${title} asks for no token (SEC-107)`, async (t) => {
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

t.test('no state, two states and a strange one are refused (SEC-107)', async (t) => {
  const { provider, browser } = await started(t)
  const { get } = browser()
  const state = new URL(String((await get('/login')).headers.location)).searchParams.get('state')
  for (const query of ['code=a', `state=${state}&state=${state}&code=a`, 'state=__proto__&code=a']) {
    t.equal((await get(`/login/house/callback?${query}`)).statusCode, 400, query)
  }
  t.equal(provider.count('/token'), 0)
})

const issuers = [
  { title: 'promised and missing', promised: true, said: undefined, status: 400 },
  { title: 'promised and right', promised: true, said: 'right', status: 303 },
  { title: 'promised and wrong', promised: true, said: 'https://evil.example', status: 400 },
  { title: 'promised and empty', promised: true, said: '', status: 400 },
  { title: 'not promised and missing', promised: false, said: undefined, status: 303 },
  { title: 'not promised and right', promised: false, said: 'right', status: 303 },
  { title: 'not promised and wrong', promised: false, said: 'https://evil.example', status: 400 }
]

for (const { title, promised, said, status } of issuers) {
  t.test(`the parameter iss is ${title}: ${status} (SEC-102)`, async (t) => {
    const { provider, browser } = await started(t)
    provider.metadata = { authorization_response_iss_parameter_supported: promised }
    const { get } = browser()
    const back = provider.agree(String((await get('/login')).headers.location))
    if (said !== undefined) back.searchParams.set('iss', said === 'right' ? provider.issuer : said)
    t.equal((await get(pathOf(back))).statusCode, status)
    t.equal(provider.count('/token'), status === 303 ? 1 : 0)
  })
}

t.test('the parameter iss is looked at before an error is shown (SEC-102)', async (t) => {
  const { browser } = await started(t)
  const { get } = browser()
  const state = new URL(String((await get('/login')).headers.location)).searchParams.get('state')
  const answer = await get(`/login/house/callback?state=${state}&error=access_denied&iss=https%3A%2F%2Fevil.example`)
  t.equal(answer.statusCode, 400)
})

t.test('a provider that mixes itself up with another gets no code of the other (SEC-103)', async (t) => {
  const [honest, evil] = [await fakeProvider(t), await fakeProvider(t)]
  const { browser } = await server(t, { providers: [house(honest, 'honest'), house(evil, 'evil')] })
  const { get } = browser()
  // The malicious provider redirects the browser to the honest one, with the state of its own login.
  const toEvil = new URL(String((await get('/login/evil')).headers.location))
  const back = honest.agree(toEvil.href.replace(evil.issuer, honest.issuer).replaceAll('evil', 'honest'))
  t.equal(back.pathname, '/login/honest/callback')
  t.equal((await get(pathOf(back))).statusCode, 400)
  t.equal(evil.count('/token') + honest.count('/token'), 0)
})

t.test('a login that took over ten minutes is refused (SEC-98, FAULT-31)', async (t) => {
  let now = Date.now()
  const { provider, browser } = await started(t, { now: () => now })
  const alice = browser()
  const back = pathOf(provider.agree(String((await alice.get('/login')).headers.location)))
  now += 600_000
  t.equal((await alice.get(back)).statusCode, 400)
  t.equal(provider.count('/token'), 0)
})

t.test('five logins can be under way, and the oldest is forgotten (SEC-97)', async (t) => {
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

t.test('the state in a sealed cookie must be the one that came back (SEC-96)', async (t) => {
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

t.test('a login that was started before the keys changed is finished after (SEC-35)', async (t) => {
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

t.test('a callback answers with a clean URL, no referrer and no copy (SEC-115, SEC-26)', async (t) => {
  const { provider, browser } = await started(t)
  const answer = await browser().login(provider)
  t.equal(answer.statusCode, 303)
  t.equal(answer.headers.location, '/')
  like(t, answer.headers, { 'referrer-policy': 'no-referrer', 'cache-control': 'no-store' })
})

t.test('the redirect URI comes of the origin, whatever the request says (SEC-30)', async (t) => {
  const { app } = await started(t)
  const headers = { host: 'evil.example', 'x-forwarded-host': 'evil.example', 'x-forwarded-proto': 'http' }
  const { headers: sent } = await app.inject({ url: '/login', headers })
  t.equal(new URL(String(sent.location)).searchParams.get('redirect_uri'), `${origin}/login/house/callback`)
})

t.test(
  'form_post: the provider comes with a POST from its own site, and only that cookie is for it (SEC-110)',
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

t.test('a provider that is to answer by POST is not heard by GET', async (t) => {
  const { provider, browser } = await started(t, {}, { responseMode: 'form_post' })
  const alice = browser()
  t.equal((await alice.login(provider)).statusCode, 400)
  t.equal(provider.count('/token'), 0)
})

t.test('a provider that nobody knows is not found (SEC-154)', async (t) => {
  const { browser } = await started(t)
  for (const name of ['__proto__', 'constructor', 'nobody']) {
    for (const path of [`/login/${name}`, `/login/${name}/callback`]) {
      t.equal((await browser().get(path, { headers: page })).statusCode, 404, path)
    }
  }
})

t.test('HEAD starts no login', async (t) => {
  const { app } = await started(t)
  t.equal((await app.inject({ method: 'HEAD', url: '/login' })).statusCode, 404)
})
