import t from 'tap'
import { contains, like } from '@latchkey/exact'
import { discord } from '@latchkey/login'
import { fakeProvider } from './fixtures/fake-provider.ts'
import { link, linking } from './fixtures/linking.ts'
import { pathOf, server } from './fixtures/server.ts'

t.test('a logged-in user links another provider, and can log in with it (SEC-111)', async (t) => {
  const linked = await linking(t)
  const { alice, browser, other, store } = linked
  const subject = String(alice.session?.subject)
  const answer = await link(linked)
  t.equal(answer.statusCode, 303)
  t.equal(answer.headers.location, '/settings')
  t.equal(alice.session?.subject, subject)
  const identities = (await alice.get('/identities')).json<{ provider: string }[]>()
  t.same(identities.map(({ provider }) => provider).sort(), ['one', 'other'])
  const again = browser()
  await again.login(other, '/login/other')
  t.equal(again.session?.subject, subject)
  t.ok(await store.upstreamTokens.find({ accountId: subject, provider: 'other' }))
})

const crossSite = [
  { title: 'a page of another site', headers: { 'sec-fetch-site': 'cross-site' } },
  { title: 'a page of another subdomain', headers: { 'sec-fetch-site': 'same-site' } },
  {
    title: 'another origin in an old browser',
    headers: { 'sec-fetch-site': undefined, origin: 'https://evil.example' }
  },
  { title: 'an unknown origin', headers: { 'sec-fetch-site': undefined } },
  { title: 'an opaque origin', headers: { 'sec-fetch-site': undefined, origin: 'null' } }
]

for (const { title, headers } of crossSite) {
  t.test(`a link and a logout from ${title} are refused (SEC-111, SEC-136)`, async (t) => {
    const { alice } = await linking(t)
    const logins = alice.jar.logins.length
    for (const path of ['/login/other/link', '/logout'])
      t.equal((await alice.post(path, {}, { headers })).statusCode, 403, path)
    t.equal(alice.jar.logins.length, logins)
    t.ok(alice.session)
  })
}

t.test('a link from an old browser is accepted with the origin of the application', async (t) => {
  const { alice } = await linking(t)
  const headers = { 'sec-fetch-site': undefined, origin: 'https://app.example.com' }
  t.equal((await alice.post('/login/other/link', {}, { headers })).statusCode, 303)
})

t.test('a link requires POST, and a login links no identity (SEC-111)', async (t) => {
  const { alice, other, store } = await linking(t)
  t.equal((await alice.get('/login/other/link')).statusCode, 404)
  const before = alice.session?.subject
  await alice.login(other, '/login/other')
  t.not(alice.session?.subject, before, 'it is another account')
  t.equal((await store.accounts.identities(String(before))).length, 1)
})

t.test('a link requires a session that is younger than ten minutes (SEC-111)', async (t) => {
  const { alice, browser, clock } = await linking(t)
  t.equal((await browser().post('/login/other/link')).statusCode, 401)
  clock.now += 599_000
  t.equal((await alice.post('/login/other/link')).statusCode, 303)
  clock.now += 2000
  const answer = await alice.post('/login/other/link', {}, { headers: { accept: 'application/json' } })
  t.equal(answer.statusCode, 401)
  like(t, answer.json(), { error: 'login_required' })
})

t.test('a link requires a recent login, not only a new session (SEC-111)', async (t) => {
  const { alice, one, clock } = await linking(t)
  one.claims = { auth_time: Math.floor(clock.now / 1000) - 601 }
  await alice.login(one, '/login/one')
  const answer = await alice.post('/login/other/link', {}, { headers: { accept: 'application/json' } })
  t.equal(answer.statusCode, 403)
  like(t, answer.json(), { error: 'recent_login_required' })
  one.claims = { auth_time: Math.floor(clock.now / 1000) }
  await alice.login(one, '/login/one?prompt=login')
  t.equal((await alice.post('/login/other/link')).statusCode, 303)
})

t.test('the answer to a refused link contains a link to a fresh login', async (t) => {
  const { alice, one, clock } = await linking(t)
  one.claims = { auth_time: Math.floor(clock.now / 1000) }
  await alice.login(one, '/login/one')
  clock.now += 601_000
  const refused = await alice.post('/login/other/link')
  t.equal(refused.statusCode, 403)
  contains(t, refused.body, 'href="/login?prompt=login"')
  const choice = await alice.get('/login?prompt=login')
  contains(t, choice.body, 'href="/login/one?prompt=login"')
  const { headers } = await alice.get('/login/one?prompt=login')
  t.equal(new URL(String(headers.location)).searchParams.get('prompt'), 'login')
})

t.test('an old session without a login time can link after a normal login', async (t) => {
  const { alice, one, clock } = await linking(t)
  clock.now += 601_000
  const refused = await alice.post('/login/other/link')
  t.equal(refused.statusCode, 401)
  contains(t, refused.body, 'href="/login"')
  const now = Math.floor(clock.now / 1000)
  one.claims = { iat: now, exp: now + 300 }
  await alice.login(one, '/login/one')
  t.equal((await alice.post('/login/other/link')).statusCode, 303)
})

t.test('a link that returns to the session of another account is refused (SEC-111)', async (t) => {
  const { alice, one, other, store } = await linking(t)
  const { headers } = await alice.post('/login/other/link')
  const back = pathOf(other.agree(String(headers.location)))
  one.claims = { sub: 'bob-1' }
  one.userinfo = { sub: 'bob-1' }
  await alice.login(one, '/login/one')
  t.equal((await alice.get(back)).statusCode, 400)
  t.equal(await store.accounts.findByIdentity({ provider: 'other', subject: 'alice-1' }), null)
})

t.test('a provider that answers by POST can complete a link', async (t) => {
  const { alice, other } = await linking(t, 'form_post')
  const { headers } = await alice.post('/login/other/link')
  const back = other.agree(String(headers.location))
  // The browser does not send the session's cookie with a POST from another site.
  const session = alice.jar.cookies.get('session') ?? ''
  alice.jar.cookies.delete('session')
  t.equal((await alice.post(back.pathname, Object.fromEntries(back.searchParams))).statusCode, 303)
  alice.jar.cookies.set('session', session)
  t.equal((await alice.get('/identities')).json().length, 2)
})

for (const responseMode of ['query', 'form_post'] as const) {
  t.test(`a link is refused when its session has ended, by ${responseMode} (SEC-111)`, async (t) => {
    const { alice, one, other, store, app } = await linking(t, responseMode)
    const subject = String(alice.session?.subject)
    const { headers } = await alice.post('/login/other/link')
    const back = other.agree(String(headers.location))
    await app.getDecorator<{ revokeAll: (subject: string) => Promise<void> }>('sessions').revokeAll(subject)
    await alice.login(one, '/login/one')
    t.equal(alice.session?.subject, subject, 'the same person has another session')
    const answer =
      responseMode === 'query'
        ? await alice.get(pathOf(back))
        : await alice.post(back.pathname, Object.fromEntries(back.searchParams))
    t.equal(answer.statusCode, 400)
    t.equal(await store.accounts.findByIdentity({ provider: 'other', subject: 'alice-1' }), null)
  })
}

t.test('an identity of another account cannot be linked (SEC-112)', async (t) => {
  const linked = await linking(t)
  const bob = linked.browser()
  await bob.login(linked.other, '/login/other')
  const answer = await link(linked)
  t.equal(answer.statusCode, 409)
  t.equal((await linked.alice.get('/identities')).json().length, 1)
})

t.test('an identity cannot be linked to an account that does not exist', async (t) => {
  const linked = await linking(t)
  linked.sessions.set(String(linked.alice.jar.cookies.get('session')), {
    id: 'x',
    subject: 'nobody',
    claims: {},
    createdAt: linked.clock.now / 1000,
    authenticatedAt: linked.clock.now / 1000
  })
  t.equal((await link(linked)).statusCode, 403)
})

t.test('the same e-mail address at two providers is two accounts (SEC-58, SEC-112)', async (t) => {
  const { alice, browser, other, one } = await linking(t)
  for (const provider of [one, other]) provider.userinfo = { email: 'alice@example.com', email_verified: true }
  const second = browser()
  await second.login(other, '/login/other')
  t.not(second.session?.subject, alice.session?.subject)
})

t.test('an application without accounts can link no identities', async (t) => {
  const provider = await fakeProvider(t)
  const { browser } = await server(
    t,
    {
      providers: [discord({ clientId: 'app', clientSecret: 'opensesame', baseUrl: provider.issuer })],
      store: undefined,
      onLogin: () => ({ subject: 'alice' })
    },
    { prepare: (app) => void app.get('/identities', async (request) => app.login.identities(request)) }
  )
  const alice = browser()
  await alice.login(provider)
  t.same((await alice.get('/identities')).json(), [])
  const { headers } = await alice.post('/login/discord/link')
  t.equal((await alice.get(pathOf(provider.agree(String(headers.location))))).statusCode, 403)
})
