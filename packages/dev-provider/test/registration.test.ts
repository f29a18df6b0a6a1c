import t from 'tap'
import { contains } from '@latchkey/exact'
import { devProvider } from '@latchkey/dev-provider'

const clients = [
  { clientId: 'app', clientSecret: 's3cret' },
  { clientId: 'other', clientSecret: 'hidden' }
]

for (const [profile, members] of [
  ['discord', 'baseUrl'],
  ['google', 'issuer'],
  ['oidc', "name: 'oidc', issuer"]
] as const) {
  t.test(`gives the line that registers ${profile} with the login, and shows it on its page (K19.4)`, async (t) => {
    const provider = await devProvider({ profile, clients })
    t.teardown(() => provider.close())
    const line = `${profile}({ ${members}: '${provider.issuer}', clientId: 'app', clientSecret: 's3cret' })`
    t.equal(provider.registration, line)
    const page = await (await fetch(provider.issuer)).text()
    contains(t, page.replaceAll('&#39;', "'"), `<code>${line}</code>`)
  })
}
