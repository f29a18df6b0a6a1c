import t from 'tap'
import { contains, like } from '@latchkey/exact'
import { Browser } from './fixtures/browser.ts'
import { provider } from './fixtures/relying-party.ts'

t.test('the home page shows the endpoints and the credentials of the client', async (t) => {
  for (const profile of ['discord', 'google', 'oidc'] as const) {
    const each = await provider(t, { profile })
    const html = await (await new Browser().get(each.origin)).text()
    for (const text of [each.clientId, each.clientSecret, ...Object.values(each.endpoints)]) {
      contains(t, html, `<code>${text}</code>`)
    }
    contains(t, html, 'No fault is on.')
  }
})

t.test('the forms of the home page switch faults', async (t) => {
  const oidc = await provider(t)
  const browser = new Browser()
  const submit = async (fields: Record<string, string>) => {
    const response = await browser.post(`${oidc.origin}/faults`, fields)
    like(t, [response.status, response.headers.get('location')], [303, /^(?:http:\/\/127[^/]+)?\/$/])
    return (await browser.get(oidc.origin)).text()
  }
  contains(t, await submit({ fault: 'slow' }), '<code>slow</code> at token<')
  contains(t, await submit({ fault: 'deny', times: '1' }), '<code>deny</code> at authorization, 1 more<')
  contains(t, await submit({ clear: 'all' }), 'No fault is on.')
})

const clients = [
  { clientId: 'app', clientSecret: 's3cret' },
  { clientId: 'other', clientSecret: 'hidden' }
]

for (const [profile, members] of [
  ['discord', 'baseUrl'],
  ['google', 'issuer'],
  ['oidc', "name: 'oidc', issuer"]
] as const) {
  t.test(`registration is the call of ${profile}() for @latchkey/login, and the page shows it (K19.4)`, async (t) => {
    const each = await provider(t, { profile, clients })
    const line = `${profile}({ ${members}: '${each.issuer}', clientId: 'app', clientSecret: 's3cret' })`
    t.equal(each.registration, line)
    const page = await (await fetch(each.issuer)).text()
    contains(t, page.replaceAll('&#39;', "'"), `<code>${line}</code>`)
  })
}
