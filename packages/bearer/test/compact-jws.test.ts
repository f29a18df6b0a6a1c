import { CompactEncrypt } from 'jose'
import t from 'tap'
import { claims, encode, issuer } from './fixtures/issuer.ts'
import { honoured, invalidRequest, malformed, present, serve } from './fixtures/server.ts'

const NOT_CANONICAL = malformed('not a compact JWS in canonical base64url')
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'

type Change = (token: string) => string

const notTokens: Readonly<Record<string, Change>> = {
  'one segment': (token) => String(token.split('.')[0]),
  'two segments': (token) => token.split('.').slice(0, 2).join('.'),
  'four segments': (token) => `${token}.AA`,
  'an empty fourth segment': (token) => `${token}.`,
  'no header': (token) => token.slice(token.indexOf('.')),
  'no signature': (token) => token.slice(0, token.lastIndexOf('.') + 1),
  'only its dots': () => '..',
  'padding behind the signature': (token) => `${token}=`,
  'padding behind the signature, twice': (token) => `${token}==`,
  'the other base64 alphabet': (token) => `${token.slice(0, -4)}+/AA`,
  'a tilde': (token) => `${token.slice(0, -4)}~AAA`,
  'a header with a length that base64url does not have': (token) => `AAAAA${token.slice(token.indexOf('.'))}`,
  'bits left over in the signature': (token) => `${token.slice(0, -1)}${unusedBitSet(token)}`,
  'bits left over in the header': (token) => `e31${token.slice(token.indexOf('.'))}`
}

// ES256 signatures have 64 bytes, which are 86 characters. The last character has four unused bits.
function unusedBitSet(token: string): string {
  return String(ALPHABET[ALPHABET.indexOf(String(token.at(-1))) + 1])
}

for (const [name, change] of Object.entries(notTokens)) {
  t.test(`refuses a token with ${name} (SEC-48)`, async (t) => {
    const { trusted, sign } = await issuer()
    const app = await serve(t, { issuers: [trusted] })
    const token = await sign()
    t.same(await present(app, token), honoured)
    t.same(await present(app, change(token)), NOT_CANONICAL)
  })
}

for (const [name, change] of Object.entries<Change>({
  'a trailing TAB': (token) => `${token}\t`,
  'a trailing line break': (token) => `${token}\n`,
  'a NUL': (token) => `${token}\0`,
  'a space in its signature': (token) => `${token.slice(0, -9)} ${token.slice(-9)}`,
  'spaces before its signature': (token) => token.replace(/\.([^.]*)$/, '.    $1'),
  'spaces behind its header': (token) => token.replace('.', '    .'),
  'a question mark in its signature': (token) => `${token.slice(0, -9)}?${token.slice(-9)}`,
  'padding inside': (token) => token.replace('.', '=.')
})) {
  t.test(`refuses a token with ${name}, which the header grammar excludes (SEC-48)`, async (t) => {
    const { trusted, sign } = await issuer()
    const app = await serve(t, { issuers: [trusted] })
    const answer = await present(app, change(await sign()))
    t.same(answer, invalidRequest('The Authorization header is malformed'))
  })
}

t.test('accepts tokens of up to 8 KiB (SEC-48)', async (t) => {
  const { trusted, sign } = await issuer()
  const app = await serve(t, { issuers: [trusted] })
  // Base64url encodes 3 characters of the payload as 4.
  const room = Math.floor(((8192 - (await sign({ filler: '' })).length) * 3) / 4)
  const longest = await sign({ filler: 'x'.repeat(room) })
  t.ok(longest.length > 8188 && longest.length <= 8192, `it has ${longest.length} characters`)
  t.same(await present(app, longest), honoured)
  t.same(await present(app, await sign({ filler: 'x'.repeat(room + 4) })), malformed('longer than 8 KiB'))
})

t.test('refuses a token of a million dots because of their number (SEC-48)', async (t) => {
  const { trusted } = await issuer()
  const app = await serve(t, { issuers: [trusted] })
  t.same(await present(app, '.'.repeat(1_000_000)), malformed('longer than 8 KiB'))
  t.same(await present(app, '.'.repeat(8192)), NOT_CANONICAL)
})

t.test('refuses a valid JWE because of its five segments (SEC-52)', async (t) => {
  const { trusted, jwk } = await issuer()
  const app = await serve(t, { issuers: [trusted] })
  const jwe = await new CompactEncrypt(Buffer.from(JSON.stringify(claims)))
    .setProtectedHeader({ alg: 'ECDH-ES', enc: 'A128GCM', typ: 'at+jwt', kid: String(jwk.kid) })
    .encrypt({ kty: 'EC', crv: 'P-256', x: String(jwk.x), y: String(jwk.y) })
  t.equal(jwe.split('.').length, 5)
  t.same(await present(app, jwe), NOT_CANONICAL)
  const direct = [encode({ alg: 'dir', enc: 'A128GCM', zip: 'DEF', typ: 'at+jwt' }), '', 'AAAA', 'AAAA', 'AAAA'].join(
    '.'
  )
  t.same(await present(app, direct), NOT_CANONICAL)
})

const notJson: Readonly<Record<string, string | Buffer>> = {
  'is not JSON': '{',
  'is not UTF-8': Buffer.from('{"sub":"\xff"}', 'latin1'),
  'begins with a byte order mark': '\ufeff{}',
  'breaks off': '{"iss":[[['
}

for (const [name, bytes] of Object.entries(notJson)) {
  t.test(`refuses a token whose header or payload ${name} (SEC-48)`, async (t) => {
    const { trusted, sign, signBytes } = await issuer()
    const app = await serve(t, { issuers: [trusted] })
    const [, payload, signature] = (await sign()).split('.')
    const header = Buffer.from(bytes).toString('base64url')
    t.same(await present(app, `${header}.${payload}.${signature}`), malformed('a segment is not JSON'))
    t.same(await present(app, await signBytes(Buffer.from(bytes))), malformed('a segment is not JSON'))
  })
}

t.test('refuses a token with an empty payload (SEC-48)', async (t) => {
  const { trusted, signBytes } = await issuer()
  const app = await serve(t, { issuers: [trusted] })
  t.same(await present(app, await signBytes(new Uint8Array())), malformed('a segment is not JSON'))
})

for (const payload of ['null', '[]', '"x"', '7', 'true', '[{}]']) {
  t.test(`refuses a token whose payload is ${payload} (SEC-48)`, async (t) => {
    const { trusted, signBytes } = await issuer()
    const app = await serve(t, { issuers: [trusted] })
    t.same(await present(app, await signBytes(Buffer.from(payload))), malformed('a segment is not an object'))
  })
}

const claimsAnd = (member: string): string => `${JSON.stringify(claims).slice(0, -1)},"x":${member}}`

for (const [name, simple, complex] of [
  ['levels', '['.repeat(31) + ']'.repeat(31), '['.repeat(32) + ']'.repeat(32)],
  ['levels of objects', `${'{"a":'.repeat(31)}1${'}'.repeat(31)}`, `${'{"a":'.repeat(32)}1${'}'.repeat(32)}`],
  ['elements', `[${Array(1000).fill(1).join(',')}]`, `[${Array(1024).fill(1).join(',')}]`],
  ['members', `{${members(490)}}`, `{${members(512)}}`],
  ['empty members', `[${Array(500).fill('[]').join(',')}]`, `[${Array(512).fill('{}').join(',')}]`]
] as const) {
  t.test(
    `refuses a payload with too many ${name} before it parses it, with or without a valid signature (K9.1)`,
    async (t) => {
      const { trusted, signBytes } = await issuer()
      const app = await serve(t, { issuers: [trusted] })
      t.same(await present(app, await signBytes(Buffer.from(claimsAnd(simple)))), honoured)
      const refused = malformed('a segment has too many members or levels')
      t.same(await present(app, await signBytes(Buffer.from(claimsAnd(complex)))), refused)
      const unsigned = `${encode({ alg: 'ES256', typ: 'at+jwt' })}.${encode(claimsAnd(complex))}.AAAA`
      t.same(await present(app, unsigned), refused)
    }
  )
}

t.test('does not count characters inside strings (K9.1)', async (t) => {
  const { trusted, sign } = await issuer()
  const app = await serve(t, { issuers: [trusted] })
  for (const text of ['[{'.repeat(1200), ',:'.repeat(1200), '\\"[['.repeat(600), '"'.repeat(1001), '\\']) {
    t.same(await present(app, await sign({ text })), honoured)
  }
})

t.test(
  'refuses a header with too many members before it parses it, and accepts one with certificates (K9.1)',
  async (t) => {
    const { trusted, sign } = await issuer()
    const app = await serve(t, { issuers: [trusted] })
    t.same(await present(app, await sign({}, { x5c: Array(20).fill('A'.repeat(200)) })), honoured)
    t.same(
      await present(app, await sign({}, { x: Array(64).fill(1) })),
      malformed('a segment has too many members or levels')
    )
  }
)

function members(count: number): string {
  return Array.from({ length: count }, (_, i) => `"${i}":1`).join(',')
}
