import { createHash } from 'node:crypto'
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT, UnsecuredJWT } from 'jose'
import t from 'tap'
import { like } from '@latchkey/exact'
import { type FakeProvider, jwk, key } from './fixtures/fake-provider.ts'
import { pathOf, started } from './fixtures/server.ts'

const stranger = await generateKeyPair('RS256')
const another = { ...(await exportJWK((await generateKeyPair('RS256', { extractable: true })).publicKey)), use: 'sig' }
const { kid: _kid, ...withoutKid } = jwk

interface Situation {
  readonly title: string
  readonly prepare: (provider: FakeProvider) => void
}

// The cases of the OpenID Foundation's tests for basic relying parties, and similar ones.
const accepted: Situation[] = [
  { title: 'an RS256 signature', prepare: () => undefined },
  {
    title: 'no kid when the provider has one key',
    prepare: (provider) => {
      provider.header = { kid: undefined }
      provider.keys = [withoutKid]
    }
  },
  {
    title: 'several audiences and the authorized party',
    prepare: (provider) => void (provider.claims = { aud: ['app', 'other'], azp: 'app' })
  },
  {
    title: 'the hash of the access token',
    prepare: (provider) => void (provider.claims = { at_hash: halfHash('access-0') })
  },
  {
    title: 'an issue time within the tolerance',
    prepare: (provider) => void (provider.claims = { iat: Math.floor(Date.now() / 1000) + 20 })
  }
]

for (const { title, prepare } of accepted) {
  t.test(`an ID token is accepted with ${title} (SEC-105)`, async (t) => {
    const { provider, browser } = await started(t)
    prepare(provider)
    const alice = browser()
    t.equal((await alice.login(provider)).statusCode, 303)
    t.ok(alice.session)
  })
}

const refused: Situation[] = [
  { title: 'an invalid iss', prepare: (provider) => void (provider.claims = { iss: 'https://elsewhere.example' }) },
  { title: 'no sub', prepare: (provider) => void (provider.claims = { sub: undefined }) },
  { title: 'an empty sub', prepare: (provider) => void (provider.claims = { sub: '' }) },
  { title: 'an invalid aud', prepare: (provider) => void (provider.claims = { aud: 'other' }) },
  {
    title: 'several audiences and no authorized party',
    prepare: (provider) => void (provider.claims = { aud: ['app', 'other'] })
  },
  { title: 'another authorized party', prepare: (provider) => void (provider.claims = { azp: 'other' }) },
  { title: 'no iat', prepare: (provider) => void (provider.claims = { iat: undefined }) },
  {
    title: 'an iat in the future',
    prepare: (provider) => void (provider.claims = { iat: Math.floor(Date.now() / 1000) + 60 })
  },
  { title: 'no exp', prepare: (provider) => void (provider.claims = { exp: undefined }) },
  {
    title: 'an exp in the past',
    prepare: (provider) => void (provider.claims = { exp: Math.floor(Date.now() / 1000) - 60 })
  },
  { title: 'an exp of 1e300', prepare: (provider) => void (provider.claims = { exp: 1e300 }) },
  { title: 'an auth_time that is a text', prepare: (provider) => void (provider.claims = { auth_time: 'now' }) },
  {
    title: 'no kid when the provider has several keys',
    prepare: (provider) => {
      provider.header = { kid: undefined }
      provider.keys = [withoutKid, another]
    }
  },
  {
    title: 'the alg none',
    prepare: (provider) => void (provider.sign = async (payload) => new UnsecuredJWT(payload).encode())
  },
  {
    title: 'the alg HS256 and the client secret',
    prepare: (provider) =>
      void (provider.sign = async (payload) =>
        new SignJWT(payload).setProtectedHeader({ alg: 'HS256' }).sign(new TextEncoder().encode('opensesame')))
  },
  {
    title: 'an invalid signature',
    prepare: (provider) => void (provider.sign = (payload, header) => signedBy(stranger.privateKey, payload, header))
  },
  { title: 'the typ of an access token', prepare: (provider) => void (provider.header = { typ: 'at+jwt' }) },
  { title: 'a wrong nonce', prepare: (provider) => void (provider.claims = { nonce: 'another' }) },
  { title: 'no nonce (SEC-101)', prepare: (provider) => void (provider.claims = { nonce: undefined }) },
  {
    title: 'the hash of another access token',
    prepare: (provider) => void (provider.claims = { at_hash: halfHash('access-1') })
  },
  { title: 'a hash that is a number', prepare: (provider) => void (provider.claims = { at_hash: 1 }) },
  { title: 'a text that is not a JWT', prepare: (provider) => void (provider.tokens = { id_token: 'a.b.c' }) },
  {
    title: 'a header that is not JSON',
    prepare: (provider) => void (provider.tokens = { id_token: 'aaaa.bbbb.cccc' })
  },
  { title: 'a header without alg', prepare: (provider) => void (provider.tokens = { id_token: 'e30.e30.cccc' }) },
  { title: 'a missing ID token', prepare: (provider) => void (provider.tokens = { id_token: undefined }) }
]

for (const { title, prepare } of refused) {
  t.test(`an ID token is refused with ${title} (SEC-105, RFC 9700 §4.5.3.2)`, async (t) => {
    const { provider, browser, store } = await started(t)
    prepare(provider)
    const alice = browser()
    const answer = await alice.login(provider)
    t.equal(answer.statusCode, 502)
    t.equal(alice.session, undefined)
    t.equal(await store.accounts.findByIdentity({ provider: 'house', subject: 'alice-1' }), null)
    t.equal(provider.count('/userinfo'), 0)
  })
}

t.test('the client secret is sent in the Authorization header, or in the body with client_secret_post', async (t) => {
  const [basic, post] = [await started(t), await started(t, {}, { clientAuthentication: 'client_secret_post' })]
  for (const { provider, browser } of [basic, post]) t.equal((await browser().login(provider)).statusCode, 303)
  const [inHeader, inBody] = [basic, post].map(({ provider }) =>
    provider.received.find(({ path }) => path === '/token')
  )
  t.match(inHeader?.headers.authorization, /^Basic /)
  t.notOk(inHeader?.form.has('client_secret'))
  t.equal(inBody?.headers.authorization, undefined)
  t.equal(inBody?.form.get('client_secret'), 'opensesame')
})

t.test('userinfo with another sub is refused (SEC-106)', async (t) => {
  const { provider, browser, sessions } = await started(t)
  provider.userinfo = { sub: 'mallory' }
  t.equal((await browser().login(provider)).statusCode, 502)
  t.equal(sessions.size, 0)
})

const scopesAndClaims = [
  { scopes: ['openid'], profile: { name: null, email: null, picture: null } },
  { scopes: ['openid', 'profile'], profile: { name: 'Alice', email: null, picture: 'https://cdn.example/a.png' } },
  { scopes: ['openid', 'email'], profile: { name: null, email: 'alice@example.com', picture: null } },
  {
    scopes: ['openid', 'profile', 'email'],
    profile: { name: 'Alice', email: 'alice@example.com', picture: 'https://cdn.example/a.png' }
  }
]

for (const { scopes, profile } of scopesAndClaims) {
  t.test(`the scopes ${scopes.join(' ')} lead to the claims of exactly these scopes from userinfo`, async (t) => {
    const { provider, browser, store } = await started(t, {}, { scopes })
    const alice = browser()
    const location = String((await alice.get('/login')).headers.location)
    const asked = new URL(location).searchParams.get('scope')?.split(' ')
    t.same(asked, scopes)
    // A real provider answers according to the request, too.
    const claims = {
      profile: { name: 'Alice', picture: 'https://cdn.example/a.png' },
      email: { email: 'alice@example.com', email_verified: true }
    }
    provider.userinfo = {
      name: undefined,
      ...(asked?.includes('profile') && claims.profile),
      ...(asked?.includes('email') && claims.email)
    }
    t.equal((await alice.get(pathOf(provider.agree(location)))).statusCode, 303)
    t.equal(provider.received.find(({ path }) => path === '/userinfo')?.headers.authorization, 'Bearer access-0')
    t.same((await store.accounts.find(String(alice.session?.subject)))?.profile, profile)
  })
}

t.test('the ID token supplies the profile when the provider has no userinfo endpoint', async (t) => {
  const { provider, browser, store } = await started(t)
  provider.metadata = { userinfo_endpoint: undefined }
  provider.claims = { preferred_username: 'alice' }
  const alice = browser()
  t.equal((await alice.login(provider)).statusCode, 303)
  t.equal((await store.accounts.find(String(alice.session?.subject)))?.profile.name, 'alice')
})

t.test('the hash of an access token uses the algorithm of the signature', async (t) => {
  const pair = await generateKeyPair('EdDSA', { extractable: true })
  const { provider, browser } = await started(t)
  provider.keys = [{ ...(await exportJWK(pair.publicKey)), kid: 'ed', alg: 'EdDSA' }]
  provider.header = { alg: 'EdDSA', kid: 'ed' }
  provider.claims = { at_hash: createHash('sha512').update('access-0').digest().subarray(0, 32).toString('base64url') }
  provider.sign = (payload, header) => signedBy(pair.privateKey, payload, header)
  t.equal((await browser().login(provider)).statusCode, 303)
})

t.test('the session receives sid and auth_time of the ID token', async (t) => {
  const { provider, browser } = await started(t)
  provider.claims = { sid: 'upstream-1', auth_time: 1_700_000_000 }
  const alice = browser()
  await alice.login(provider)
  like(t, alice.session, { upstream: { issuer: provider.issuer, sid: 'upstream-1' }, authenticatedAt: 1_700_000_000 })
})

t.test('the clock tolerance is configurable', async (t) => {
  const { provider, browser } = await started(t, { clockTolerance: 0 })
  provider.claims = { iat: Math.floor(Date.now() / 1000) + 20 }
  t.equal((await browser().login(provider)).statusCode, 502)
})

function halfHash(token: string): string {
  return createHash('sha256').update(token).digest().subarray(0, 16).toString('base64url')
}

async function signedBy(
  signer: typeof key.privateKey,
  payload: JWTPayload,
  header: { alg: string; kid?: string }
): Promise<string> {
  return new SignJWT(payload).setProtectedHeader(header).sign(signer)
}
