import { once } from 'node:events'
import { connect } from 'node:net'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import t from 'tap'
import { like } from '@latchkey/exact'
import { memoryStore } from '@latchkey/store/memory'
import { bound, claimsFor, client, ORIGIN, proofRefused, show, tokenRefused } from './fixtures/dpop.ts'
import { encode, issuer, NOW } from './fixtures/issuer.ts'
import { honoured, serve } from './fixtures/server.ts'

const MISSING = proofRefused('undefined', 'The DPoP proof is missing')
const NOT_CANONICAL = proofRefused('not a compact JWS in canonical base64url')
const SEVERAL = proofRefused('more than one DPoP header')

for (const alg of ['RS256', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519']) {
  t.test(
    `accepts a bound token with a proof of its key, signed with ${alg} (SEC-76, RFC 9700 §2.2.1, §4.10.1)`,
    async (t) => {
      const { app, token, prove } = await bound(t, { alg })
      t.same(await show(app, token, await prove(token)), honoured)
    }
  )
}

t.test('passes the bearer of the token to the route', async (t) => {
  const { app, token, prove, jkt } = await bound(t)
  const headers = { authorization: `dpop  ${token}`, dpop: await prove(token) }
  const response = await app.inject({ url: '/me', headers })
  like(t, response.json(), { subject: 'ada', scheme: 'dpop', claims: { cnf: { jkt } } })
})

t.test('refuses a token without a proof (SEC-76)', async (t) => {
  const { app, token } = await bound(t)
  t.same(await show(app, token, undefined), MISSING)
  t.same(await show(app, token, ''), NOT_CANONICAL)
})

t.test('refuses two valid proofs (SEC-76)', async (t) => {
  const { app, token, prove } = await bound(t)
  const proofs = [await prove(token), await prove(token)]
  t.same(await show(app, token, proofs), SEVERAL)
  t.same(await show(app, token, proofs.join(', ')), NOT_CANONICAL)
  t.same(await show(app, token, proofs.join(',')), NOT_CANONICAL)
})

t.test('detects the second DPoP header that Node joins to the first, in any letter case (SEC-76)', async (t) => {
  const { app, token, prove } = await bound(t)
  await app.listen({ port: 0, host: '127.0.0.1' })
  const { port } = app.server.address() as AddressInfo // it listens on TCP
  const send = async (...lines: string[]): Promise<string> => {
    const socket = connect(port, '127.0.0.1')
    await once(socket, 'connect')
    const head = ['GET /me HTTP/1.1', 'Host: localhost', 'Connection: close', `Authorization: DPoP ${token}`]
    socket.write([...head, ...lines, '', ''].join('\r\n'))
    return text(socket)
  }
  t.match(await send(`DPoP: ${await prove(token)}`), /^HTTP\/1.1 200 /)
  const twice = await send(`DPoP: ${await prove(token)}`, 'dPoP:')
  t.match(twice, /^HTTP\/1.1 401 /)
  t.match(twice, /\r\nwww-authenticate: DPoP error="invalid_dpop_proof"/)
  t.match(twice, /\r\nx-reason: more than one DPoP header\r\n/)
})

for (const [name, change, reason] of [
  ['two segments', (proof) => proof.split('.').slice(0, 2).join('.')],
  ['four segments', (proof) => `${proof}.AA`],
  ['no signature', (proof) => proof.slice(0, proof.lastIndexOf('.') + 1)],
  ['padding', (proof) => `${proof}==`],
  ['more than 8 KiB', (proof) => proof + 'A'.repeat(8192), 'longer than 8 KiB'],
  ['a header that is not JSON', (proof) => proof.replace(/^[^.]*/, encode('{')), 'a segment is not JSON'],
  ['claims that are a list', (proof) => proof.replace(/\.[^.]*/, `.${encode('[]')}`), 'a segment is not an object']
] satisfies readonly [string, (proof: string) => string, string?][]) {
  t.test(`refuses a proof with ${name}, which is not a JWT (SEC-76)`, async (t) => {
    const { app, token, prove } = await bound(t)
    t.same(await show(app, token, change(await prove(token))), reason ? proofRefused(reason) : NOT_CANONICAL)
  })
}

for (const [claim, reason, values] of [
  ['jti', 'jti is not a string of 1 to 256 characters', [undefined, null, 7, '', ['x'], 'x'.repeat(257)]],
  ['htm', 'htm is not a string', [undefined, null, '', 7, ['GET'], { GET: true }]],
  ['htu', 'htu is not a string', [undefined, null, '', 7, ['https://api.example.com/me'], { href: '/me' }]],
  ['iat', 'iat is not a NumericDate in whole seconds', [undefined, null, String(NOW), NOW + 0.5, -1, 1e300, [NOW]]],
  ['ath', 'ath is not a string', [undefined, null, '', 7, {}]],
  ['nonce', 'nonce is not a string', [null, '', 7, {}]]
] as const) {
  t.test(`refuses a proof whose ${claim} is missing or of the wrong type (SEC-76)`, async (t) => {
    const { app, token, prove } = await bound(t)
    for (const value of values) {
      t.same(
        await show(app, token, await prove(token, { [claim]: value })),
        proofRefused(reason),
        JSON.stringify(value)
      )
    }
  })
}

t.test('accepts a jti of up to 256 characters and ignores unknown claims and header members', async (t) => {
  const { app, token, prove } = await bound(t)
  const proof = await prove(
    token,
    { jti: 'x'.repeat(256), nonce: 'not asked for', tenant: 7 },
    { kid: 'one', tenant: 7 }
  )
  t.same(await show(app, token, proof), honoured)
})

t.test('refuses a proof of another type, such as an access token (SEC-76)', async (t) => {
  const { app, token, prove, sign } = await bound(t)
  const reason = 'typ is not dpop+jwt'
  for (const typ of [undefined, 'JWT', 'at+jwt', 'DPOP+JWT', 'application/dpop+jwt', ['dpop+jwt']]) {
    t.same(await show(app, token, await prove(token, {}, { typ })), proofRefused(reason), String(typ))
  }
  t.same(await show(app, token, await sign(claimsFor(token))), proofRefused(reason))
  t.same(await show(app, token, token), proofRefused(reason))
})

t.test('refuses a proof for another method (SEC-76)', async (t) => {
  const { app, token, prove } = await bound(t)
  const reason = proofRefused('htm is not the method of the request')
  for (const htm of ['POST', 'get', 'HEAD', 'GET ', '*']) {
    t.same(await show(app, token, await prove(token, { htm })), reason, htm)
  }
  t.same(await show(app, token, await prove(token), { method: 'POST' }), reason)
  t.same(await show(app, token, await prove(token, { htm: 'POST' }), { method: 'POST' }), honoured)
  like(t, await show(app, token, await prove(token, { htm: 'HEAD' }), { method: 'HEAD' }), { status: 200 })
})

t.test('refuses a proof for another token (SEC-76)', async (t) => {
  const { app, token, prove, sign, jkt } = await bound(t)
  const other = await sign({ jti: 'another', cnf: { jkt } })
  const reason = proofRefused('ath is not the hash of the token')
  t.same(await show(app, token, await prove(other)), reason)
  const { ath } = claimsFor(token)
  for (const changed of [`${String(ath)}=`, String(ath).slice(0, -1), String(ath).toLowerCase()]) {
    t.same(await show(app, token, await prove(token, { ath: changed })), reason, changed)
  }
})

t.test('refuses a token that is bound to another key than that of the proof (SEC-76)', async (t) => {
  const { app, token, sign, prove, jkt } = await bound(t)
  const thief = await client()
  const reason = tokenRefused('the token is bound to a different key from that of the proof')
  t.same(await show(app, token, await thief.prove(token)), reason)
  const last = jkt.endsWith('A') ? 'E' : 'A'
  const almost = await sign({ cnf: { jkt: jkt.slice(0, -1) + last } })
  t.same(await show(app, almost, await prove(almost)), reason)
})

t.test('accepts a proof for a minute plus the clock tolerance, and refuses one of the future (SEC-76)', async (t) => {
  const { app, token, prove } = await bound(t)
  for (const [age, answer] of [
    [89, honoured],
    [90, proofRefused('iat is too old')],
    [-30, honoured],
    [-31, proofRefused('iat is in the future')]
  ] as const) {
    t.same(await show(app, token, await prove(token, { iat: NOW - age })), answer, `${age} seconds old`)
  }
})

t.test('accepts a proof for maxAge seconds (SEC-76)', async (t) => {
  const { app, token, prove } = await bound(t, { maxAge: 5 })
  t.same(await show(app, token, await prove(token, { iat: NOW - 34 })), honoured)
  t.same(await show(app, token, await prove(token, { iat: NOW - 35 })), proofRefused('iat is too old'))
})

t.test('refuses an invalid token with any proof (SEC-76)', async (t) => {
  const { app, sign, prove, jkt } = await bound(t)
  const forged = await sign({ cnf: { jkt }, aud: 'https://other.example.com' })
  t.same(await show(app, forged, await prove(forged)), tokenRefused('aud does not contain this server'))
  like(t, await show(app, 'opaque', await prove('opaque')), {
    status: 401,
    challenge: /^DPoP error="invalid_token", error_description="The access token is malformed"/
  })
})

t.test('repeats no part of a proof', async (t) => {
  const { app, token, prove } = await bound(t)
  const changes = { jti: 'canary', htm: 'canary', htu: 'https://canary.example.com', nonce: 'canary' }
  const response = await app.inject({
    url: '/me',
    headers: { authorization: `DPoP ${token}`, dpop: await prove(token, changes, { kid: 'canary' }) }
  })
  t.equal(response.statusCode, 401)
  t.notMatch(`${JSON.stringify(response.headers)} ${response.body}`, /canary/)
})

t.test('answers 400 to a malformed DPoP header and to a token in the URL (SEC-60, SEC-62)', async (t) => {
  const { app, token, prove } = await bound(t)
  for (const request of [
    { url: '/me', headers: { authorization: 'DPoP' } },
    { url: '/me', headers: { authorization: `DPoP ${token} ${token}` } },
    { url: `/me?access_token=${token}`, headers: { dpop: await prove(token) } }
  ]) {
    const response = await app.inject(request)
    t.equal(response.statusCode, 400)
    t.match(response.headers['www-authenticate'], /^DPoP error="invalid_request"/)
  }
})

t.test('refuses a proof with too many members or levels before it parses it (K9.1)', async (t) => {
  const { app, token, prove } = await bound(t)
  for (const extra of [Array(64).fill(1), JSON.parse('['.repeat(33) + ']'.repeat(33))]) {
    const reason = proofRefused('a segment has too many members or levels')
    t.same(await show(app, token, await prove(token, { extra })), reason)
    t.same(await show(app, token, await prove(token, {}, { extra })), reason)
  }
  t.same(await show(app, token, await prove(token, { extra: Array(40).fill(1) })), honoured)
})

t.test('keeps proofs out of logged headers, in any JSON spelling (SEC-147)', async (t) => {
  const { trusted, sign } = await issuer()
  const { jkt, prove } = await client()
  const logged: string[] = []
  const app = await serve(
    t,
    { issuers: [{ ...trusted, dpop: 'required' }], dpop: { origin: ORIGIN, replay: memoryStore().dpopReplay } },
    {
      logger: {
        stream: { write: (line) => void logged.push(line) },
        serializers: { req: ({ url, headers }) => ({ url, headers }) }
      }
    }
  )
  const token = await sign({ cnf: { jkt } })
  const proof = await prove(token)
  const [header = '', ...rest] = proof.split('.')
  for (const space of [undefined, 1, '\t']) {
    const spaced = JSON.stringify(JSON.parse(Buffer.from(header, 'base64url').toString()), null, space)
    const dpop = [Buffer.from(spaced).toString('base64url'), ...rest].join('.')
    await app.inject({ url: '/me', headers: { authorization: `DPoP ${token}`, dpop, 'x-other': 'kept.as.it.is' } })
    const { req } = JSON.parse(logged.find((line) => line.includes('"req"')) ?? '') as { req: { headers: object } }
    like(t, req.headers, { authorization: '[redacted]', dpop: '[redacted]', 'x-other': 'kept.as.it.is' })
    t.notOk(logged.join('').includes(dpop))
    logged.length = 0
  }
})
