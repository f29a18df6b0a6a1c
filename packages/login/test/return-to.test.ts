import t from 'tap'
import { contains } from '@latchkey/exact'
import { fakeProvider } from './fixtures/fake-provider.ts'
import { house, server, started } from './fixtures/server.ts'

const elsewhere = [
  '//evil.example',
  '/\\evil.example',
  'https://evil.example',
  'javascript:alert(1)',
  '/%5cevil.example',
  ''
]

for (const target of elsewhere) {
  t.test(
    `a login with the target ${JSON.stringify(target)} redirects to the default (SEC-119, SEC-120, RFC 6749 §10.15, RFC 9700 §2.1, §4.11.1)`,
    async (t) => {
      const { provider, browser } = await started(t, { returnTo: '/home' })
      const answer = await browser().login(provider, `/login?returnTo=${encodeURIComponent(target)}`)
      t.equal(answer.headers.location, '/home')
    }
  )
}

t.test('a repeated target is ignored (SEC-123)', async (t) => {
  const { provider, browser } = await started(t)
  t.equal((await browser().login(provider, '/login?returnTo=/a&returnTo=/b')).headers.location, '/')
})

t.test('the target remains through the choice of a provider', async (t) => {
  const [one, other] = [await fakeProvider(t), await fakeProvider(t)]
  const { browser } = await server(t, { providers: [house(one, 'one'), house(other, 'other')] })
  const { body } = await browser().get('/login?returnTo=%2Fa%3Fb%3D1%26c')
  contains(t, body, 'href="/login/one?returnTo=%2Fa%3Fb%3D1%26c"')
  contains(t, (await browser().get('/login?returnTo=/a&prompt=consent')).body, '/one?returnTo=%2Fa&#38;prompt=consent"')
  contains(t, (await browser().get('/login?prompt=none')).body, 'href="/login/one"')
  contains(t, (await browser().get('/login?returnTo=%2F%2Fevil.example')).body, 'href="/login/one?returnTo=%2F"')
})

t.test('a target of up to 512 characters is kept, and a longer one is ignored', async (t) => {
  const { provider, browser } = await started(t, { returnTo: '/home' })
  const longest = `/${'a'.repeat(511)}`
  t.equal((await browser().login(provider, `/login?returnTo=${longest}`)).headers.location, longest)
  t.equal((await browser().login(provider, `/login?returnTo=${longest}a`)).headers.location, '/home')
})

t.test('the cookies of any number of logins stay under 8 KB', async (t) => {
  const { browser } = await started(t)
  for (const length of [511, 2047]) {
    const { get, jar } = browser()
    for (let count = 0; count < 7; count++) await get(`/login?returnTo=/${'a'.repeat(length)}`)
    t.equal(jar.logins.length, 5)
    t.ok(jar.header.length < 8192, `${jar.header.length} characters`)
  }
})
