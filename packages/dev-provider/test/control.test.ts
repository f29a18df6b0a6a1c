import t from 'tap'
import { contains, like } from '@latchkey/exact'
import { Browser } from './browser.ts'
import { provider } from './relying-party.ts'

t.test('the home page tells what to configure', async (t) => {
  for (const profile of ['discord', 'google', 'oidc'] as const) {
    const each = await provider(t, { profile })
    const html = await (await new Browser().get(each.origin)).text()
    for (const text of [each.clientId, each.clientSecret, ...Object.values(each.endpoints)]) {
      contains(t, html, `<code>${text}</code>`)
    }
    contains(t, html, 'None is on.')
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
  contains(t, await submit({ clear: 'all' }), 'None is on.')
})

t.test('programs switch faults with the same form, and are answered with those that are on', async (t) => {
  const oidc = await provider(t)
  const post = async (fields: Record<string, string>) =>
    fetch(`${oidc.origin}/faults`, { method: 'POST', body: new URLSearchParams(fields) })
  const slow = { fault: 'slow', endpoint: 'jwks', delay: '1', times: '', status: '' }
  const expected = [{ name: 'slow', endpoint: 'jwks', delay: 1, status: 503 }]
  t.same(await (await post(slow)).json(), expected)
  t.same(await (await fetch(`${oidc.origin}/faults`)).json(), expected)
  t.same(oidc.faults.active, expected)
  t.same(await (await post({ clear: 'slow' })).json(), [])
})

for (const fields of [{ fault: 'none' }, { fault: 'slow', delay: 'long' }, {}] as Record<string, string>[]) {
  t.test(`answers 400 to ${JSON.stringify(fields)}`, async (t) => {
    const oidc = await provider(t)
    const response = await fetch(`${oidc.origin}/faults`, { method: 'POST', body: new URLSearchParams(fields) })
    t.equal(response.status, 400)
    like(t, await response.json(), { error: 'invalid_request', error_description: / must / })
  })
}

t.test('other sites cannot switch faults', async (t) => {
  const oidc = await provider(t)
  for (const [site, status] of [
    ['cross-site', 403],
    ['same-site', 403],
    ['same-origin', 200]
  ] as const) {
    const response = await fetch(`${oidc.origin}/faults`, {
      method: 'POST',
      headers: { 'sec-fetch-site': site },
      body: new URLSearchParams({ fault: 'deny' })
    })
    t.equal(response.status, status)
  }
})
