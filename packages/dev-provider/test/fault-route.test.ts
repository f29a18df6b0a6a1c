import t from 'tap'
import { provider } from './fixtures/relying-party.ts'

t.test('POST /faults switches faults and returns the faults that are on', async (t) => {
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

const NAMES =
  'deny, expired-code, reused-code, wrong-nonce, wrong-issuer, wrong-iss-parameter, rotated-key, slow, unavailable, html, no-refresh-token'

for (const { fields, requirement } of [
  { fields: { fault: 'none' }, requirement: `faults must be one of ${NAMES}` },
  {
    fields: { fault: 'slow', delay: 'long' },
    requirement: 'delay must be a whole number of milliseconds from 0 to 3600000'
  },
  { fields: {}, requirement: `faults must be one of ${NAMES}` }
] as { fields: Record<string, string>; requirement: string }[]) {
  t.test(`POST /faults returns 400 invalid_request for ${JSON.stringify(fields)}`, async (t) => {
    const oidc = await provider(t)
    const response = await fetch(`${oidc.origin}/faults`, { method: 'POST', body: new URLSearchParams(fields) })
    t.equal(response.status, 400)
    t.same(await response.json(), {
      error: 'invalid_request',
      error_description: `@latchkey/dev-provider: ${requirement}`
    })
  })
}

t.test('POST /faults returns 403 for a request from another site', async (t) => {
  const oidc = await provider(t)
  const refusal = { error: 'invalid_request', error_description: 'The request comes from another site' }
  const accepted = [{ name: 'deny', endpoint: 'authorization', delay: 3000, status: 503 }]
  for (const [site, status, body] of [
    ['cross-site', 403, refusal],
    ['same-site', 403, refusal],
    ['same-origin', 200, accepted]
  ] as const) {
    const response = await fetch(`${oidc.origin}/faults`, {
      method: 'POST',
      headers: { 'sec-fetch-site': site },
      body: new URLSearchParams({ fault: 'deny' })
    })
    t.equal(response.status, status)
    t.same(await response.json(), body)
  }
})
