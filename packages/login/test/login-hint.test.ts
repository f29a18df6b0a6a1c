import t from 'tap'
import { discord } from '@latchkey/login'
import { fakeProvider } from './fixtures/fake-provider.ts'
import { house, server } from './fixtures/server.ts'

const HINT = 'ann+1@example.com'

for (const [name, sent, expected] of [
  ['a hint', HINT, HINT],
  ['a hint of 256 characters', 'x'.repeat(256), 'x'.repeat(256)],
  ['a longer hint', 'x'.repeat(257), null],
  ['a hint with a line break', 'ann\nbob', null],
  ['an empty hint', '', null]
] as const) {
  t.test(`${expected === null ? 'ignores' : 'passes on'} ${name} (OpenID Connect Core §3.1.2.1)`, async (t) => {
    const { browser } = await server(t, { providers: [house(await fakeProvider(t))] })
    for (const prompt of ['', '&prompt=login']) {
      const { headers } = await browser().get(`/login?login_hint=${encodeURIComponent(sent)}${prompt}`)
      t.equal(new URL(String(headers.location)).searchParams.get('login_hint'), expected)
    }
  })
}

t.test('ignores a repeated hint, and sends none to a provider without OpenID Connect', async (t) => {
  const provider = discord({ clientId: 'app', clientSecret: 'secret of discord, for tests only' })
  const { browser } = await server(t, { providers: [house(await fakeProvider(t), 'one'), provider] })
  for (const url of [`/login/one?login_hint=a&login_hint=b`, `/login/discord?login_hint=${HINT}`]) {
    const { headers } = await browser().get(url)
    t.equal(new URL(String(headers.location)).searchParams.get('login_hint'), null)
  }
})

t.test('shows no hint on the page with several providers', async (t) => {
  const providers = [house(await fakeProvider(t), 'one'), house(await fakeProvider(t), 'other')]
  const { browser } = await server(t, { providers })
  const { statusCode, body } = await browser().get('/login?login_hint=canary')
  t.equal(statusCode, 200)
  t.notMatch(body, /canary|login_hint/)
})
