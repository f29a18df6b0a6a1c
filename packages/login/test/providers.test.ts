import { decodeJwt, decodeProtectedHeader, exportPKCS8, generateKeyPair, jwtVerify } from 'jose'
import t from 'tap'
import { like } from '@latchkey/exact'
import {
  apple,
  discord,
  github,
  gitlab,
  google,
  microsoft,
  oidc,
  type ProviderIdentity,
  type Provider
} from '@latchkey/login'
import { type FakeProvider, fakeProvider } from './fixtures/fake-provider.ts'
import { house, pathOf, server } from './fixtures/server.ts'

const client = { clientId: 'app', clientSecret: 'opensesame' }
const tenant = '11111111-2222-3333-4444-555555555555'

/** Logs in with a provider, and returns the arguments of onLogin. */
async function identityOf(
  t: Parameters<typeof fakeProvider>[0],
  provider: Provider,
  fake: FakeProvider,
  more: Record<string, string> = {}
): Promise<{ status: number; identity: ProviderIdentity | null; asked: Record<string, string> }> {
  let identity: ProviderIdentity | null = null
  const { browser } = await server(t, { providers: [provider], onLogin: (login) => void (identity = login.identity) })
  const { get, post } = browser()
  const start = new URL(String((await get('/login')).headers.location))
  const back = fake.agree(start.href)
  const form = { ...Object.fromEntries(back.searchParams), ...more }
  const isPost = provider.responseMode === 'form_post'
  const { statusCode } = isPost ? await post(back.pathname, form) : await get(pathOf(back))
  return { status: statusCode, identity, asked: Object.fromEntries(start.searchParams) }
}

t.test('Discord: the identity has the id, the display name, the verified address and the picture', async (t) => {
  const fake = await fakeProvider(t)
  const { identity } = await identityOf(t, discord({ ...client, baseUrl: fake.issuer }), fake)
  t.same(identity, {
    subject: '80351110224678912',
    name: 'Alice',
    email: 'alice@example.com',
    emailVerified: true,
    picture: 'https://cdn.discordapp.com/avatars/80351110224678912/a_1b2.png'
  })
  for (const avatar of [null, '../../x']) {
    fake.userinfo = { global_name: null, avatar, verified: 'true' }
    const plain = await identityOf(t, discord({ ...client, baseUrl: fake.issuer }), fake)
    like(t, plain.identity, { name: 'alice', picture: null, emailVerified: false })
  }
})

t.test('GitHub: the subject is the number, because a login name can change its owner', async (t) => {
  const fake = await fakeProvider(t)
  const provider = github({ ...client, baseUrl: fake.issuer })
  like(t, (await identityOf(t, provider, fake)).identity, { subject: '583231', name: 'octo', emailVerified: false })
  fake.userinfo = { id: 'octo' }
  t.equal((await identityOf(t, provider, fake)).status, 502)
  t.equal(github(client).endpoints?.userinfo, 'https://api.github.com/user')
})

t.test('Google: the request has offline access, prompt and domain, and the domain is checked', async (t) => {
  const fake = await fakeProvider(t)
  const plain = google({ ...client, issuer: fake.issuer })
  const { asked, status } = await identityOf(t, plain, fake)
  t.equal(status, 303)
  t.equal(asked['scope'], 'openid profile email')
  t.notOk('access_type' in asked)
  const offline = google({
    ...client,
    issuer: fake.issuer,
    accessType: 'offline',
    prompt: 'consent',
    hd: 'example.com'
  })
  fake.claims = {
    hd: 'example.com',
    email: 'a@example.com',
    email_verified: true,
    name: 'A',
    picture: 'https://x.example/a'
  }
  const member = await identityOf(t, offline, fake)
  like(t, member.asked, { access_type: 'offline', prompt: 'consent', hd: 'example.com' })
  like(t, member.identity, {
    subject: 'alice-1',
    name: 'A',
    email: 'a@example.com',
    emailVerified: true,
    picture: 'https://x.example/a'
  })
  t.equal(fake.count('/userinfo'), 0)
  for (const hd of ['example.org', undefined, ['example.com']]) {
    fake.claims = { hd }
    t.equal((await identityOf(t, offline, fake)).status, 403)
  }
})

t.test('Microsoft with one directory: the issuer is fixed, and no address is verified', async (t) => {
  const fake = await fakeProvider(t)
  const issuer = `${fake.issuer}/${tenant}/v2.0`
  const metadata = {
    issuer,
    authorization_endpoint: `${fake.issuer}/authorize`,
    token_endpoint: `${fake.issuer}/token`,
    jwks_uri: `${fake.issuer}/jwks`
  }
  fake.answers.set(`/${tenant}/v2.0/.well-known/openid-configuration`, { body: metadata })
  fake.claims = { iss: issuer, email: 'ceo@corp.example', email_verified: true }
  const { identity } = await identityOf(t, microsoft({ ...client, tenant, baseUrl: fake.issuer }), fake)
  like(t, identity, { subject: 'alice-1', email: 'ceo@corp.example', emailVerified: false })
})

t.test('Microsoft with any directory: issuer and subject contain the directory of the token (SEC-58)', async (t) => {
  const fake = await fakeProvider(t)
  const provider = microsoft({ ...client, tenant: 'common', baseUrl: fake.issuer })
  const local = {
    ...provider,
    endpoints: {
      authorization: `${fake.issuer}/authorize`,
      token: `${fake.issuer}/token`,
      jwks: `${fake.issuer}/jwks`
    }
  }
  like(t, provider.endpoints, { token: `${fake.issuer}/common/oauth2/v2.0/token` })
  fake.claims = { tid: tenant, iss: `${fake.issuer}/${tenant}/v2.0` }
  t.equal((await identityOf(t, local, fake)).identity?.subject, `${tenant}.alice-1`)
  const strangers = [
    { tid: tenant, iss: `${fake.issuer}/99999999-2222-3333-4444-555555555555/v2.0` },
    { tid: 'common', iss: `${fake.issuer}/common/v2.0` },
    { iss: `${fake.issuer}/undefined/v2.0` },
    { tid: `${tenant}/v2.0#`, iss: `${fake.issuer}/${tenant}/v2.0#/v2.0` }
  ]
  for (const claims of strangers) {
    fake.claims = claims
    t.equal((await identityOf(t, local, fake)).status, 502)
  }
  t.equal(local.toIdentity({ claims: { tid: tenant }, userinfo: {}, user: {} }).subject, undefined)
})

t.test('the response parameter iss is not compared when a provider has several issuers (SEC-102)', async (t) => {
  const fake = await fakeProvider(t)
  const provider = { ...house(fake), issuerOf: () => fake.issuer }
  t.equal((await identityOf(t, provider, fake, {})).status, 303)
  const { browser } = await server(t, { providers: [provider] })
  const { get } = browser()
  const back = fake.agree(String((await get('/login')).headers.location))
  back.searchParams.set('iss', 'https://elsewhere.example')
  t.equal((await get(pathOf(back))).statusCode, 303)
})

t.test('GitLab: the default issuer is https://gitlab.com', async (t) => {
  const fake = await fakeProvider(t)
  t.equal((await identityOf(t, gitlab({ ...client, issuer: fake.issuer }), fake)).status, 303)
  t.equal(gitlab(client).issuer, 'https://gitlab.com')
})

t.test('Apple: the secret is signed, the answer comes by POST, and the first answer has the name', async (t) => {
  const fake = await fakeProvider(t)
  const pair = await generateKeyPair('ES256', { extractable: true })
  const privateKey = await exportPKCS8(pair.privateKey)
  const provider = apple({ clientId: 'app', teamId: 'TEAM', keyId: 'KEY', privateKey, issuer: fake.issuer })
  fake.claims = { email: 'a@privaterelay.example', email_verified: 'true' }
  const user = JSON.stringify({ name: { firstName: 'Alice', lastName: 'Liddell' } })
  const { identity, asked } = await identityOf(t, provider, fake, { user })
  like(t, identity, { name: 'Alice Liddell', email: 'a@privaterelay.example', emailVerified: true })
  t.equal(asked['response_mode'], 'form_post')
  const secret = String(fake.received.find(({ path }) => path === '/token')?.form.get('client_secret'))
  t.same(decodeProtectedHeader(secret), { alg: 'ES256', kid: 'KEY' })
  const { payload } = await jwtVerify(secret, pair.publicKey, { issuer: 'TEAM', audience: fake.issuer, subject: 'app' })
  t.equal(Number(payload.exp) - Number(payload.iat), 3600)

  fake.claims = {}
  for (const nameless of ['{', '[]', '1', 'null', '{"name":1}', '{"name":{"firstName":1}}']) {
    like(t, (await identityOf(t, provider, fake, { user: nameless })).identity, { name: null, emailVerified: false })
  }
  const same = fake.received.filter(({ path }) => path === '/token').map(({ form }) => form.get('client_secret'))
  t.same(new Set(same), new Set([secret]), 'one secret is used for an hour')
})

t.test('Apple: a secret that is dated in the future is not used', async (t) => {
  const fake = await fakeProvider(t)
  const { privateKey } = await generateKeyPair('ES256', { extractable: true })
  const key = await exportPKCS8(privateKey)
  const provider = apple({ clientId: 'app', teamId: 'TEAM', keyId: 'KEY', privateKey: key, issuer: fake.issuer })
  const { now } = Date
  t.teardown(() => (Date.now = now))
  Date.now = () => now() + 3_000_000
  await identityOf(t, provider, fake)
  Date.now = now
  await identityOf(t, provider, fake)
  const issuedAt = fake.received
    .filter(({ path }) => path === '/token')
    .map(({ form }) => Number(decodeJwt(String(form.get('client_secret'))).iat) * 1000 <= now())
  t.same(issuedAt, [false, true])
})

t.test('a changed secret is used for the next request', async (t) => {
  const fake = await fakeProvider(t)
  let secret = 'first'
  const provider = {
    ...house(fake),
    clientSecret: async () => secret,
    clientAuthentication: 'client_secret_post' as const
  }
  const { browser } = await server(t, { providers: [provider] })
  await browser().login(fake)
  secret = 'second'
  await browser().login(fake)
  const sent = fake.received.filter(({ path }) => path === '/token').map(({ form }) => form.get('client_secret'))
  t.same(sent, ['first', 'second'])
})

t.test('a provider can have additional scopes and parameters, and a login can set the prompt', async (t) => {
  const fake = await fakeProvider(t)
  const { issuer } = fake
  const provider = oidc({ ...client, name: 'house', issuer, scopes: ['openid', 'api'], parameters: { audience: 'x' } })
  const { asked } = await identityOf(t, provider, fake)
  like(t, asked, { audience: 'x', scope: 'openid api', nonce: /^[\w-]{43}$/ })
  const { browser } = await server(t, { providers: [provider] })
  for (const [prompt, sent] of [
    ['login', 'login'],
    ['none', null],
    ['', null]
  ] as const) {
    const { headers } = await browser().get(`/login?prompt=${prompt}`)
    t.equal(new URL(String(headers.location)).searchParams.get('prompt'), sent)
  }
})

t.test('the prompt of the provider overrides that of the login URL', async (t) => {
  const fake = await fakeProvider(t)
  const provider = google({ ...client, issuer: fake.issuer, accessType: 'offline', prompt: 'consent' })
  const { browser } = await server(t, { providers: [provider] })
  const { headers } = await browser().get('/login?prompt=select_account')
  t.equal(new URL(String(headers.location)).searchParams.get('prompt'), 'consent')
})

t.test('a login is accepted only when accepts() returns true', async (t) => {
  const fake = await fakeProvider(t)
  for (const answer of [false, undefined, 1, 'yes', Promise.resolve(false)]) {
    // Only a JavaScript function can return this.
    const accepts = () => answer as boolean
    const provider = { ...oidc({ ...client, name: 'house', issuer: fake.issuer }), accepts }
    t.equal((await identityOf(t, provider, fake)).status, 403)
  }
  const provider = { ...oidc({ ...client, name: 'house', issuer: fake.issuer }), accepts: () => true }
  t.equal((await identityOf(t, provider, fake)).status, 303)
})
