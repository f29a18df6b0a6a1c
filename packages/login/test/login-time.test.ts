import { apple, discord, github, gitlab, google, microsoft, oidc, type Provider } from '@latchkey/login'
import { generateKeyPairSync } from 'node:crypto'
import t from 'tap'
import { contains, like } from '@latchkey/exact'
import { fakeProvider } from './fixtures/fake-provider.ts'
import { house, pathOf, server, started } from './fixtures/server.ts'

const HOUR = 3600
const client = { clientId: 'app', clientSecret: 'opensesame' }
const json = { headers: { accept: 'application/json' } }

for (const { title, behind, elapsed } of [
  { title: 'without delay', behind: 0, elapsed: 0 },
  { title: 'after a minute', behind: -60, elapsed: 60 },
  { title: 'with a provider clock that is behind', behind: 30, elapsed: 60 }
]) {
  t.test(`a fresh login ${title} is dated no earlier than its start`, async (t) => {
    const clock = { now: Math.floor(Date.now() / 1000) }
    const sent = clock.now
    const { provider, browser } = await started(t, { now: () => clock.now * 1000 })
    const alice = browser()
    const { headers } = await alice.get('/login?prompt=login&returnTo=/danger')
    t.equal(new URL(String(headers.location)).searchParams.get('prompt'), 'login')
    clock.now += elapsed
    provider.claims = { auth_time: sent - behind }
    const answer = await alice.get(pathOf(provider.agree(String(headers.location))))
    t.equal(answer.statusCode, 303)
    t.equal(answer.headers.location, '/danger')
    t.equal(alice.session?.authenticatedAt, Math.max(sent, sent - behind))
  })
}

t.test('a fresh login with an old auth_time is refused without a redirect', async (t) => {
  const { provider, browser } = await started(t)
  const alice = browser()
  provider.claims = { auth_time: Math.floor(Date.now() / 1000) - HOUR }
  const answer = await alice.login(provider, '/login?prompt=login&returnTo=/danger')
  t.equal(answer.statusCode, 403)
  t.equal(answer.headers.location, undefined)
  contains(t, answer.body, 'This needs a fresh login. Log in again.')
  contains(t, answer.body, 'href="/login?prompt=login"')
  t.equal(alice.session, undefined)
  t.equal((await alice.login(provider)).statusCode, 303, 'a login without prompt is accepted')
})

t.test('a fresh login without auth_time is refused', async (t) => {
  const { browser, provider } = await started(t)
  const alice = browser()
  const answer = await alice.login(provider, '/login?prompt=login&returnTo=/danger')
  t.equal(answer.statusCode, 403)
  contains(t, answer.body, 'This needs a fresh login. Log in again.')
  t.equal(alice.session, undefined)
})

t.test('a login without auth_time has no login time', async (t) => {
  const { provider, browser } = await started(t)
  const alice = browser()
  t.equal((await alice.login(provider)).statusCode, 303)
  t.equal(alice.session?.authenticatedAt, null)
})

t.test('a fresh login with a provider without ID tokens is refused before a redirect', async (t) => {
  const fake = await fakeProvider(t)
  const { browser } = await server(t, { providers: [discord({ ...client, baseUrl: fake.issuer })] })
  const alice = browser()
  const refused = await alice.get('/login?prompt=login', json)
  t.equal(refused.statusCode, 403)
  t.equal(refused.headers.location, undefined)
  like(t, refused.json(), { error: 'recent_login_required' })
  t.same(alice.jar.logins, [])
  contains(t, (await alice.get('/login?prompt=login')).body, 'href="/login"', 'the link has no prompt')
  t.equal((await alice.login(fake)).statusCode, 303)
  t.equal(alice.session?.authenticatedAt, null)
})

t.test('insecureTrustUnprovenLogin dates a login without auth_time to now', async (t) => {
  const fake = await fakeProvider(t)
  const trusted = { ...client, insecureTrustUnprovenLogin: true }
  for (const provider of [
    discord({ ...trusted, baseUrl: fake.issuer }),
    google({ ...trusted, issuer: fake.issuer }),
    oidc({ ...trusted, name: 'house', issuer: fake.issuer })
  ]) {
    const clock = { now: Date.now() }
    const { browser } = await server(t, { providers: [provider], now: () => clock.now })
    for (const url of ['/login', '/login?prompt=login']) {
      const alice = browser()
      t.equal((await alice.login(fake, url)).statusCode, 303, `${provider.name} ${url}`)
      t.equal(alice.session?.authenticatedAt, Math.floor(clock.now / 1000))
    }
  }
})

t.test('insecureTrustUnprovenLogin does not replace an old auth_time', async (t) => {
  const { provider, browser } = await started(t, {}, { insecureTrustUnprovenLogin: true })
  provider.claims = { auth_time: Math.floor(Date.now() / 1000) - HOUR }
  const alice = browser()
  t.equal((await alice.login(provider, '/login?prompt=login')).statusCode, 403)
  await alice.login(provider)
  t.equal(alice.session?.authenticatedAt, provider.claims['auth_time'])
})

for (const [title, later] of [
  ['in milliseconds', (seconds: number) => (seconds - 30 * 86_400) * 1000],
  ['after the clock tolerance', (seconds: number) => seconds + 60],
  ['far in the future', () => Number.MAX_VALUE]
] as const) {
  t.test(`a login with an auth_time in the future, ${title}, is not recent (K11)`, async (t) => {
    const { provider, browser } = await started(t)
    const alice = browser()
    provider.claims = { auth_time: later(Math.floor(Date.now() / 1000)) }
    t.equal((await alice.login(provider)).statusCode, 303)
    t.equal(alice.session?.authenticatedAt, 0)
    const linking = await alice.post('/login/house/link', {}, json)
    t.equal(linking.statusCode, 403)
    like(t, linking.json(), { error: 'recent_login_required' })
    const fresh = await alice.login(provider, '/login?prompt=login')
    t.equal(fresh.statusCode, 403)
    t.equal(fresh.headers.location, undefined)
    t.equal(alice.session?.authenticatedAt, 0, 'the earlier session remains')
  })

  t.test(`insecureTrustUnprovenLogin does not cover an auth_time in the future, ${title} (K11)`, async (t) => {
    const { provider, browser } = await started(t, {}, { insecureTrustUnprovenLogin: true })
    const alice = browser()
    provider.claims = { auth_time: later(Math.floor(Date.now() / 1000)) }
    t.equal((await alice.login(provider)).statusCode, 303)
    t.equal(alice.session?.authenticatedAt, 0)
    t.equal((await alice.login(provider, '/login?prompt=login')).statusCode, 403)
  })
}

t.test('a session with a login time in the future cannot link (K11)', async (t) => {
  const { provider, browser, sessions } = await started(t)
  const alice = browser()
  await alice.login(provider)
  const session = alice.session
  if (session === undefined) throw new Error('there is no session')
  const seconds = Math.floor(Date.now() / 1000)
  for (const [authenticatedAt, status] of [
    [seconds + 3600, 403],
    [seconds * 1000, 403],
    [seconds + 10, 303]
  ] as const) {
    sessions.set(session.id, { ...session, authenticatedAt })
    t.equal((await alice.post('/login/house/link', {}, json)).statusCode, status)
  }
})

const privateKey = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey
const pem = String(privateKey.export({ type: 'pkcs8', format: 'pem' }))
const trusted = { ...client, insecureTrustUnprovenLogin: true }

interface Asking {
  readonly title: string
  readonly make: (issuer: string) => Provider
  readonly prompt: string | null
  readonly maxAge: string | null
}

const asking: Asking[] = [
  {
    title: 'an OpenID provider',
    make: (issuer) => oidc({ ...client, name: 'house', issuer }),
    prompt: 'login',
    maxAge: '0'
  },
  {
    title: 'an OpenID provider whose parameters do not override it',
    make: (issuer) =>
      oidc({ ...client, name: 'house', issuer, parameters: { prompt: 'consent login', max_age: '86400' } }),
    prompt: 'login consent',
    maxAge: '0'
  },
  {
    title: 'an OpenID provider with the prompt none',
    make: (issuer) => oidc({ ...client, name: 'house', issuer, parameters: { prompt: 'none' } }),
    prompt: 'login',
    maxAge: '0'
  },
  {
    title: 'a provider without ID tokens',
    make: (issuer) => {
      const { freshLogin: _own, ...data } = discord({ ...trusted, baseUrl: issuer })
      return data
    },
    prompt: 'login',
    maxAge: null
  },
  {
    title: 'Google with the prompt consent',
    make: (issuer) => google({ ...client, issuer, prompt: 'consent' }),
    prompt: 'select_account consent',
    maxAge: null
  },
  {
    title: 'Discord',
    make: (baseUrl) => discord({ ...trusted, baseUrl }),
    prompt: 'consent',
    maxAge: null
  },
  {
    title: 'GitHub',
    make: (baseUrl) => github({ ...trusted, baseUrl }),
    prompt: 'select_account',
    maxAge: null
  },
  { title: 'GitLab', make: (issuer) => gitlab({ ...client, issuer }), prompt: 'login', maxAge: null },
  {
    title: 'Microsoft',
    make: (baseUrl) => microsoft({ ...client, baseUrl, tenant: 'common' }),
    prompt: 'login',
    maxAge: '0'
  },
  {
    title: 'Apple',
    make: (issuer) => apple({ clientId: 'app', teamId: 'team', keyId: 'key', privateKey: pem, issuer }),
    prompt: null,
    maxAge: null
  }
]

for (const { title, make, prompt, maxAge } of asking) {
  t.test(`a fresh login sends the parameters of ${title}`, async (t) => {
    const fake = await fakeProvider(t)
    const { browser } = await server(t, { providers: [make(fake.issuer)] })
    const { headers } = await browser().get('/login?prompt=login')
    const asked = new URL(String(headers.location)).searchParams
    t.equal(asked.get('prompt'), prompt)
    t.equal(asked.get('max_age'), maxAge)
  })
}

t.test('a fresh link is refused with a missing or old auth_time', async (t) => {
  const [one, other] = [await fakeProvider(t), await fakeProvider(t)]
  const { browser, store } = await server(t, { providers: [house(one, 'one'), house(other, 'other')] })
  const alice = browser()
  await alice.login(one, '/login/one')
  for (const claims of [{}, { auth_time: Math.floor(Date.now() / 1000) - HOUR }]) {
    other.claims = claims
    const { headers } = await alice.post('/login/other/link', { prompt: 'login' })
    const answer = await alice.get(pathOf(other.agree(String(headers.location))), json)
    t.equal(answer.statusCode, 403)
    like(t, answer.json(), { error: 'recent_login_required' })
    t.equal(await store.accounts.findByIdentity({ provider: 'other', subject: 'alice-1' }), null)
  }
  other.claims = { auth_time: Math.floor(Date.now() / 1000) }
  const { headers } = await alice.post('/login/other/link', { prompt: 'login' })
  t.equal((await alice.get(pathOf(other.agree(String(headers.location))))).statusCode, 303)
})
