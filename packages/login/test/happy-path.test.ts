import { createHash } from 'node:crypto'
import t from 'tap'
import { like } from '@latchkey/exact'
import { discord } from '@latchkey/login'
import { setCookies } from './fixtures/cookie-jar.ts'
import { fakeProvider } from './fixtures/fake-provider.ts'
import { house, pathOf, server, started } from './fixtures/server.ts'

t.test('a user logs in with an OpenID provider', async (t) => {
  const { provider, browser, store } = await started(t)
  const alice = browser()
  const answer = await alice.login(provider, '/login?returnTo=%2Fwelcome')
  t.equal(answer.statusCode, 303)
  t.equal(answer.headers.location, '/welcome')
  t.same(alice.jar.logins, [], 'the transaction has ended')
  const identity = { provider: 'house', subject: 'alice-1' }
  const account = await store.accounts.findByIdentity(identity)
  like(t, account, { profile: { name: 'Alice', email: null, picture: null }, permissions: [], disabled: false })
  like(t, alice.session, { subject: account?.id, claims: { idp: 'house' } })
})

t.test('a user logs in with Discord', async (t) => {
  const provider = await fakeProvider(t)
  const providers = [discord({ clientId: 'app', clientSecret: 'opensesame', baseUrl: provider.issuer })]
  const { browser, store } = await server(t, { providers })
  const alice = browser()
  const start = await alice.get('/login')
  const url = new URL(String(start.headers.location))
  t.equal(start.statusCode, 303)
  t.equal(url.origin + url.pathname, `${provider.issuer}/oauth2/authorize`)
  like(t, Object.fromEntries(url.searchParams), {
    response_type: 'code',
    client_id: 'app',
    redirect_uri: 'https://app.example.com/login/discord/callback',
    scope: 'identify email',
    state: /^[\w-]{43}$/,
    code_challenge: /^[\w-]{43}$/,
    code_challenge_method: 'S256'
  })
  t.notOk(url.searchParams.has('nonce'))
  const answer = await alice.get(pathOf(provider.agree(url.href)))
  t.equal(answer.statusCode, 303)
  t.equal(answer.headers.location, '/')
  const account = await store.accounts.findByIdentity({ provider: 'discord', subject: '80351110224678912' })
  t.same(account?.profile, {
    name: 'Alice',
    email: 'alice@example.com',
    picture: 'https://cdn.discordapp.com/avatars/80351110224678912/a_1b2.png'
  })
  t.equal(alice.session?.subject, account?.id)
})

t.test('a second login of the same person finds the account and updates its profile', async (t) => {
  const { provider, browser, store } = await started(t)
  const [first, second] = [browser(), browser()]
  await first.login(provider)
  provider.userinfo = { name: 'Alice Liddell', email: 'alice@example.com' }
  await second.login(provider)
  t.equal(second.session?.subject, first.session?.subject)
  const account = await store.accounts.find(String(first.session?.subject))
  t.same(account?.profile, { name: 'Alice Liddell', email: 'alice@example.com', picture: null })
})

t.test('profile members that are missing in a later login remain', async (t) => {
  const { provider, browser, store } = await started(t)
  const profile = { name: 'Alice', email: 'alice@example.com', picture: 'https://cdn.example/a.png' }
  const alice = browser()
  const profileNow = async () => (await store.accounts.find(String(alice.session?.subject)))?.profile
  provider.userinfo = profile
  await alice.login(provider)
  provider.userinfo = { name: undefined }
  await alice.login(provider)
  t.same(await profileNow(), profile)
  provider.userinfo = { name: undefined, email: 'alice@example.org' }
  await alice.login(provider)
  t.same(await profileNow(), { ...profile, email: 'alice@example.org' })
})

t.test(
  'the token request has the client in the header, and the code verifier (SEC-99, SEC-100, RFC 7636 §4.1, §4.5, RFC 9700 §2.1.1)',
  async (t) => {
    const { provider, browser } = await started(t)
    await browser().login(provider)
    const request = provider.received.find(({ path }) => path === '/token')
    t.equal(request?.headers.authorization, `Basic ${Buffer.from('app:opensesame').toString('base64')}`)
    t.match(request?.form.get('code_verifier'), /^[\w-]{43}$/)
    t.equal(request?.form.get('redirect_uri'), 'https://app.example.com/login/house/callback')
  }
)

t.test(
  'each login has its own S256 challenge of its verifier, its own state and its own nonce (SEC-99, SEC-101, RFC 7636 §4.1, §4.2, §4.3, §7.1, RFC 9700 §2.1.1, §4.5.3.2)',
  async (t) => {
    const { provider, browser } = await started(t)
    const { get } = browser()
    const asked: Record<'challenge' | 'state' | 'nonce', string>[] = []
    for (let login = 0; login < 3; login++) {
      const url = String((await get('/login')).headers.location)
      const { searchParams } = new URL(url)
      t.equal(searchParams.get('code_challenge_method'), 'S256')
      const challenge = searchParams.get('code_challenge') ?? ''
      asked.push({ challenge, state: searchParams.get('state') ?? '', nonce: searchParams.get('nonce') ?? '' })
      t.equal((await get(pathOf(provider.agree(url)))).statusCode, 303)
      const verifier = provider.received.findLast(({ path }) => path === '/token')?.form.get('code_verifier') ?? ''
      t.equal(createHash('sha256').update(verifier).digest('base64url'), challenge)
    }
    const values = asked.flatMap((each) => Object.values(each))
    for (const value of values) t.match(value, /^[\w-]{43}$/, '256 bits')
    t.equal(new Set(values).size, 9)
  }
)

t.test(
  'an access token is sent to a provider in the header, and in no URL (RFC 6749 §10.3, RFC 9700 §4.3.2)',
  async (t) => {
    const { provider, browser } = await started(t)
    await browser().login(provider)
    const { headers, form } = provider.received.find(({ path }) => path === '/userinfo') ?? {}
    t.equal(headers?.authorization, 'Bearer access-0')
    t.same([...(form ?? [])], [])
    t.same(
      provider.received.filter(({ url }) => url.includes('access-0')),
      []
    )
  }
)

t.test('the cookie of a login has the __Host- prefix and a lifetime of ten minutes (SEC-98)', async (t) => {
  const { browser } = await started(t)
  const [cookie = ''] = setCookies((await browser().get('/login')).headers)
  const [pair, ...attributes] = cookie.split('; ')
  t.match(pair, /^__Host-login\.[\w-]{22}=/)
  t.same(attributes.sort(), ['HttpOnly', 'Max-Age=600', 'Path=/', 'SameSite=Lax', 'Secure'])
})

t.test('concurrent logins in two tabs and with two providers are independent (SEC-97)', async (t) => {
  const [one, other] = [await fakeProvider(t), await fakeProvider(t)]
  const { browser } = await server(t, { providers: [house(one, 'one'), house(other, 'other')] })
  const { get, jar } = browser()
  const starts = [await get('/login/one'), await get('/login/other'), await get('/login/one')]
  const [first = '', second = '', third = ''] = starts.map(({ headers }) => String(headers.location))
  t.equal(jar.logins.length, 3)
  for (const back of [one.agree(third), other.agree(second), one.agree(first)]) {
    t.equal((await get(pathOf(back))).statusCode, 303)
  }
  t.same(jar.logins, [])
})
