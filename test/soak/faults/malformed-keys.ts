// Issuers whose answers are no key sets.
import { ok } from 'node:assert/strict'
import type { RequestListener } from 'node:http'
import { gzipSync } from 'node:zlib'
import { json } from '../endpoint.ts'
import { all, becomes, type Fault, items, statuses } from './fault.ts'

const MEBIBYTE = 1_048_576

const text =
  (body: string | Buffer, headers: Record<string, string> = {}): RequestListener =>
  (_request, response) =>
    response.writeHead(200, { 'content-type': 'application/json', ...headers }).end(body)

/** The answers in place of a key set, by name. */
const rubbish: Readonly<Record<string, RequestListener>> = {
  'a page of HTML': text('<h1>Hello</h1>', { 'content-type': 'text/html' }),
  'half of a JSON text': text('{"keys":['),
  'a list': json([]),
  null: json(null),
  '64 MiB': (_request, response) => {
    response.on('error', () => {})
    response.writeHead(200, { 'content-type': 'application/json' })
    const part = Buffer.alloc(MEBIBYTE, ' ')
    for (let at = 0; at < 64; at++) response.write(part)
    response.end('{}')
  },
  'a compressed bomb': text(gzipSync(Buffer.alloc(64 * MEBIBYTE)), { 'content-encoding': 'gzip' }),
  'lists nested 200,000 deep': text('['.repeat(200_000) + ']'.repeat(200_000))
}

export const malformed: Fault = {
  number: 7,
  injected: `issuers send malformed keys: ${Object.keys(rubbish).join(', ')}`,
  expected: 'a token is 503 if no keys are known; a known key stays in use; the heap does not grow by 20 MB; then 200',
  async inject(soak) {
    const listeners = Object.values(rubbish)
    const { heapUsed } = await soak.state()
    soak.malformed.forEach((issuer, at) => issuer.behave(listeners[at]))
    const without = await Promise.all(soak.malformed.map(async (issuer) => items(soak, await issuer.token())))
    all(without, 503)
    soak.malformed.forEach((issuer) => issuer.behave())
    await Promise.all(soak.malformed.map((issuer) => becomes(200, async () => items(soak, await issuer.token()))))
    soak.malformed.forEach((issuer, at) => issuer.behave(listeners[at]))
    const unknown = await Promise.all(soak.malformed.map((issuer) => items(soak, issuer.tokenOfUnknownKey())))
    const known = await Promise.all(soak.malformed.map(async (issuer) => items(soak, await issuer.token())))
    soak.malformed.forEach((issuer) => issuer.behave())
    all(unknown, 503)
    all(known, 200)
    const grown = ((await soak.state()).heapUsed - heapUsed) / MEBIBYTE
    ok(grown < 20, `the heap grew by ${grown.toFixed(0)} MB`)
    return `without keys: ${statuses(without)}; known key: ${statuses(known)}; unknown key: ${statuses(unknown)}; heap: ${grown.toFixed(1)} MB more`
  }
}
