import { createHash } from 'node:crypto'
import t from 'tap'
import { app, codeChallenge, codeVerifier, redirectUri, server } from './fixtures/server.ts'

const firstParty = { clients: [{ ...app, isFirstParty: true }] }

t.test('verifies the example of RFC 7636 (RFC 7636 Appendix B, §4.6)', async (t) => {
  t.equal(codeChallenge, 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM')
  const { code, exchange } = await server(t, firstParty)
  t.equal((await exchange(await code())).status, 200)
})

for (const [name, verifier, isAccepted] of [
  ['of 43 characters', 'a'.repeat(43), true],
  ['of 128 characters', 'a'.repeat(128), true],
  ['with each kind of unreserved character', `aZ09-._~${'a'.repeat(40)}`, true],
  ['of 42 characters', 'a'.repeat(42), false],
  ['of 129 characters', 'a'.repeat(129), false],
  ['with a reserved character', `+${'a'.repeat(43)}`, false],
  ['with a line break at its end', `${'a'.repeat(43)}\n`, false],
  ['with a letter beyond ASCII', `\u00E4${'a'.repeat(43)}`, false]
] as const) {
  t.test(`${isAccepted ? 'accepts' : 'refuses'} a code verifier ${name} (RFC 7636 §4.1)`, async (t) => {
    const { code, exchange } = await server(t, firstParty)
    const challenge = createHash('sha256').update(verifier).digest('base64url')
    const { status } = await exchange(await code({ code_challenge: challenge }), { code_verifier: verifier })
    t.equal(status, isAccepted ? 200 : 400)
  })
}

t.test('compares the verifier with the challenge of its own code only (RFC 7636 §4.6)', async (t) => {
  const { code, exchange } = await server(t, firstParty)
  const verifier = 'b'.repeat(43)
  const first = await code()
  const second = await code({ code_challenge: createHash('sha256').update(verifier).digest('base64url') })
  for (const [given, sent] of [
    [first, verifier],
    [second, codeVerifier]
  ] as const) {
    const { status, json } = await exchange(given, { code_verifier: sent })
    t.same([status, json['error']], [400, 'invalid_grant'])
  }
  t.equal((await exchange(first)).status, 200)
  t.equal((await exchange(second, { code_verifier: verifier })).status, 200)
})

t.test(
  'does not take the challenge for its own verifier: there is no method plain (RFC 7636 §4.2, §4.4.1, §7.2, RFC 9700 §2.1.1)',
  async (t) => {
    const { authorize, code, exchange } = await server(t, firstParty)
    t.equal((await exchange(await code(), { code_verifier: codeChallenge })).json['error'], 'invalid_grant')
    for (const method of ['plain', undefined, 's256', 'S256 ', 'none']) {
      const { location, query } = await authorize({ code_challenge_method: method })
      t.equal(location.split('?')[0], redirectUri)
      t.same([query['error'], query['code']], ['invalid_request', undefined], String(method))
      t.equal(query['error_description'], 'PKCE is required: a code_challenge with the method S256')
    }
  }
)

for (const [name, challenge] of [
  ['with padding', `${codeChallenge}=`],
  ['in base64', codeChallenge.replaceAll('-', '+')],
  ['that is too short', codeChallenge.slice(1)],
  ['with a line break at its end', `${codeChallenge}\n`]
] as const) {
  t.test(`answers invalid_request to a code challenge ${name} (RFC 7636 §4.4.1)`, async (t) => {
    const { authorize } = await server(t, firstParty)
    const { query } = await authorize({ code_challenge: challenge })
    t.same([query['error'], query['code']], ['invalid_request', undefined])
  })
}

t.test('shows the challenge neither in the answer nor in the code (RFC 7636 §4.4)', async (t) => {
  const { authorize, exchange } = await server(t, firstParty)
  const { location, query } = await authorize()
  t.notOk(location.includes(codeChallenge))
  const decoded = Buffer.from(query['code'] ?? '', 'base64url').toString('latin1')
  t.notOk(decoded.includes(codeChallenge))
  t.equal((await exchange(query['code'])).status, 200)
})
