import { CompactSign, generateKeyPair, SignJWT } from 'jose'
import t from 'tap'
import { like } from '@latchkey/exact'
import { type Answer, type FakeProvider, fakeProvider, key, sign } from './fixtures/fake-provider.ts'
import { keeping } from './fixtures/keeping.ts'
import { house, server, started } from './fixtures/server.ts'

const stranger = await generateKeyPair('RS256')
const seconds = Math.floor(Date.now() / 1000)

function jwt(text: string, contentType = 'application/jwt'): Answer {
  return { headers: { 'content-type': contentType }, text }
}

const good: { title: string; claims: (provider: FakeProvider) => Record<string, unknown>; contentType?: string }[] = [
  { title: 'its issuer and audience', claims: ({ issuer }) => ({ iss: issuer, aud: 'app' }) },
  { title: 'several audiences', claims: ({ issuer }) => ({ iss: issuer, aud: ['other', 'app'] }) },
  { title: 'no issuer and no audience', claims: () => ({}) },
  { title: 'claims of null', claims: () => ({ iss: null, aud: null, exp: null, nbf: null, iat: null }) },
  { title: 'a charset', claims: () => ({}), contentType: 'Application/JWT; charset=utf-8' }
]

for (const { title, claims, contentType } of good) {
  t.test(`signed userinfo with ${title} is accepted (K10.4)`, async (t) => {
    const { provider, browser, store } = await started(t)
    const text = await sign({ sub: 'alice-1', name: 'Alice Signed', ...claims(provider) })
    provider.answers.set('/userinfo', jwt(text, contentType))
    t.equal((await browser().login(provider)).statusCode, 303)
    const account = await store.accounts.findByIdentity({ provider: 'house', subject: 'alice-1' })
    t.equal(account?.profile.name, 'Alice Signed')
    t.match(provider.received.find(({ path }) => path === '/userinfo')?.headers.accept, /application\/jwt/)
  })
}

const bad: { title: string; text: (provider: FakeProvider) => string | Promise<string> }[] = [
  { title: 'of another subject (SEC-106)', text: () => sign({ sub: 'mallory' }) },
  { title: 'without a subject', text: () => sign({ name: 'Alice' }) },
  { title: 'of another issuer', text: () => sign({ sub: 'alice-1', iss: 'https://elsewhere.example' }) },
  { title: 'for another client', text: () => sign({ sub: 'alice-1', aud: 'other' }) },
  { title: 'for a list of other clients', text: () => sign({ sub: 'alice-1', aud: ['other'] }) },
  { title: 'that has expired', text: () => sign({ sub: 'alice-1', exp: seconds - 60 }) },
  { title: 'that is not valid yet', text: () => sign({ sub: 'alice-1', nbf: seconds + 120 }) },
  { title: 'with a time as a text', text: () => sign({ sub: 'alice-1', nbf: 'now' }) },
  { title: 'with another typ', text: () => sign({ sub: 'alice-1' }, { typ: 'at+jwt' }) },
  {
    title: 'with the signature of another key',
    text: () =>
      new SignJWT({ sub: 'alice-1' }).setProtectedHeader({ alg: 'RS256', kid: 'one' }).sign(stranger.privateKey)
  },
  {
    title: 'without a signature',
    text: () =>
      `${Buffer.from('{"alg":"none"}').toString('base64url')}.${Buffer.from('{"sub":"alice-1"}').toString('base64url')}.`
  },
  {
    title: 'with a list as its payload',
    text: () =>
      new CompactSign(new TextEncoder().encode('["alice-1"]'))
        .setProtectedHeader({ alg: 'RS256', kid: 'one' })
        .sign(key.privateKey)
  },
  { title: 'that is plain JSON', text: () => '{"sub":"alice-1"}' },
  { title: 'that is an HTML page', text: () => '<h1>Hello</h1>' }
]

for (const { title, text } of bad) {
  t.test(`a JWT from userinfo ${title} gives 502 and no session (K10.4)`, async (t) => {
    const { provider, browser, sessions } = await started(t)
    provider.answers.set('/userinfo', jwt(await text(provider)))
    t.equal((await browser().login(provider)).statusCode, 502)
    t.equal(sessions.size, 0)
  })
}

t.test('app.login.userinfo() reads signed userinfo with the same checks (K10.4)', async (t) => {
  const { alice, provider } = await keeping(t)
  provider.answers.set('/userinfo', jwt(await sign({ sub: 'alice-1', name: 'Now' })))
  like(t, (await alice.get('/userinfo/house')).json(), { userinfo: { sub: 'alice-1', name: 'Now' } })
  provider.answers.set('/userinfo', jwt(await sign({ sub: 'mallory' })))
  t.equal((await alice.get('/userinfo/house')).statusCode, 502)
})

t.test('signed userinfo of a provider without an issuer is refused, because there are no keys (K10.4)', async (t) => {
  const fake = await fakeProvider(t)
  const { issuer } = fake
  const endpoints = { authorization: `${issuer}/authorize`, token: `${issuer}/token`, userinfo: `${issuer}/userinfo` }
  const provider = { ...house(fake), issuer: undefined, scopes: ['profile'], endpoints }
  const { browser, sessions } = await server(t, { providers: [provider] })
  fake.answers.set('/userinfo', jwt(await sign({ sub: 'alice-1' })))
  t.equal((await browser().login(fake)).statusCode, 502)
  t.equal(sessions.size, 0)
})
