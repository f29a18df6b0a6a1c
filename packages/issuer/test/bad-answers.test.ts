import { inspect } from 'node:util'
import type { RequestListener } from 'node:http'
import { gzipSync } from 'node:zlib'
import { fetchJson, issuerMetadata, remoteKeySet, UpstreamError } from '@latchkey/issuer'
import t from 'tap'
import { like, rejectsLike } from '@latchkey/exact'
import { json, status, text, upstream } from './fixtures/upstream.ts'

const cutOff: RequestListener = (_request, response) => {
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': 100 })
  response.write('{"canary":', () => response.socket?.resetAndDestroy())
}

const rubbish: readonly (readonly [name: string, answer: RequestListener, code: string])[] = [
  ['a page of HTML', text('<p>canary</p>', { 'content-type': 'text/html' }), 'NOT_JSON'],
  ['JSON with the content type of HTML', text('{}', { 'content-type': 'text/html' }), 'NOT_JSON'],
  ['JSON with the content type of JSONP', text('{}', { 'content-type': 'application/jsonp' }), 'NOT_JSON'],
  ['no content type', (_request, response) => response.writeHead(200).end('{}'), 'NOT_JSON'],
  ['an empty body', text(''), 'NOT_JSON'],
  ['truncated JSON', text('{"canary": "'), 'NOT_JSON'],
  ['JSON in Latin-1', text(Buffer.from('{"a":"caf\u00e9"}', 'latin1')), 'NOT_JSON'],
  ['JSON in UTF-16', text(Buffer.from('{"a":1}', 'utf16le')), 'NOT_JSON'],
  ['bytes that are not in their content encoding', text('canary', { 'content-encoding': 'gzip' }), 'UNREACHABLE'],
  ['a body shorter than its content length', cutOff, 'UNREACHABLE'],
  ['the status 500', status(500), 'STATUS'],
  ['the status 429', status(429), 'STATUS'],
  ['the status 404', status(404), 'STATUS'],
  ['the status 201', status(201), 'STATUS'],
  ['the status 204', (_request, response) => response.writeHead(204).end(), 'STATUS'],
  ['the status 304', (_request, response) => response.writeHead(304).end(), 'STATUS']
]

for (const [name, answer, code] of rubbish) {
  t.test(`fetchJson() rejects ${name}, and its error contains no part of the answer (FAULT-7)`, async (t) => {
    const server = await upstream(t, answer)
    const error: unknown = await fetchJson(`${server.origin}/a?secret=canary`).catch((thrown: unknown) => thrown)
    t.ok(error instanceof UpstreamError)
    like(t, error, {
      code: `LATCHKEY_UPSTREAM_${code}`,
      statusCode: 503,
      retryAfter: 1,
      cause: { message: /^GET http.*\/a/ }
    })
    t.notMatch(JSON.stringify(error) + String(error) + inspect((error as Error).cause), /canary|secret/)
  })
}

for (const [name, answer] of [
  ['a list', json([])],
  ['null', json(null)],
  ['a number', json(7)],
  ['a text', json('keys')],
  ['an empty object', json({})],
  ['keys that are not a list', json({ keys: {} })],
  ['lists nested as deep as they fit', text('['.repeat(2 ** 18) + ']'.repeat(2 ** 18))]
] as const) {
  t.test(`${name} is neither metadata nor a key set (FAULT-7, SEC-53, SEC-104)`, async (t) => {
    const server = await upstream(t, answer)
    const unusable = { code: 'LATCHKEY_UPSTREAM_INVALID', statusCode: 503 }
    await rejectsLike(t, issuerMetadata(server.origin).get(), unusable)
    await rejectsLike(t, remoteKeySet(server.origin).find({ alg: 'ES256' }), unusable)
  })
}

for (const redirect of [301, 302, 303, 307, 308]) {
  t.test(`rejects a redirect with ${redirect}, and does not follow it (SEC-140)`, async (t) => {
    const server = await upstream(t, status(redirect, { location: '/elsewhere' }))
    const refused = { code: 'LATCHKEY_UPSTREAM_REDIRECT', status: redirect }
    await rejectsLike(t, fetchJson(server.origin), refused)
    await rejectsLike(t, fetchJson(server.origin, { statuses: [redirect], method: 'POST' }), refused)
    t.same(server.asked, ['GET /', 'POST /'])
  })
}

for (const [asked, retryAfter] of [
  ['7', 7],
  ['1.5', 2],
  ['0', 1],
  ['-1', 1],
  ['1e99', 3600],
  ['Infinity', 3600],
  ['Wed, 21 Oct 2026 07:28:00 GMT', 1]
] as const) {
  t.test(`the error has retryAfter ${retryAfter} for Retry-After: ${asked}`, async (t) => {
    const server = await upstream(t, status(429, { 'retry-after': asked }))
    await rejectsLike(t, fetchJson(server.origin), { code: 'LATCHKEY_UPSTREAM_STATUS', status: 429, retryAfter })
  })
}

t.test('stops reading 64 MiB at the limit, and closes the connection (SEC-142, FAULT-7)', async (t) => {
  const server = await upstream(t, (_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' })
    let left = 64
    const more = () => {
      while (left-- > 0) if (!response.write(Buffer.alloc(2 ** 20, ' '))) return
      response.end()
    }
    response.on('drain', more)
    more()
  })
  const calls: readonly (() => Promise<unknown>)[] = [
    () => fetchJson(server.origin),
    () => issuerMetadata(server.origin).get(),
    () => remoteKeySet(server.origin).find({ alg: 'ES256' })
  ]
  for (const call of calls) {
    const before = server.bytesSent()
    await rejectsLike(t, call(), { code: 'LATCHKEY_UPSTREAM_TOO_LARGE' })
    await server.allClosed()
    t.ok(server.bytesSent() - before < 2 ** 24, 'most of the body was not sent')
  }
})

t.test('stops reading a compressed bomb at the limit after decompression (SEC-142, FAULT-7)', async (t) => {
  const bomb = gzipSync(Buffer.alloc(2 ** 26, ' '))
  t.ok(bomb.length < 2 ** 17)
  const server = await upstream(t, text(bomb, { 'content-encoding': 'gzip' }))
  await rejectsLike(t, fetchJson(server.origin), {
    code: 'LATCHKEY_UPSTREAM_TOO_LARGE',
    cause: { message: /: over 1048576 bytes$/ }
  })
  await rejectsLike(t, remoteKeySet(server.origin).find({ alg: 'ES256' }), {
    cause: { message: /: over 524288 bytes$/ }
  })
  await rejectsLike(t, issuerMetadata(server.origin).get(), { cause: { message: /: over 524288 bytes$/ } })
})

t.test('an answer without a body is not JSON, also with an accepted status (FAULT-7)', async (t) => {
  const server = await upstream(t, status(204))
  await rejectsLike(t, fetchJson(server.origin, { statuses: [204] }), {
    code: 'LATCHKEY_UPSTREAM_NOT_JSON',
    status: 204
  })
})

t.test('maxBytes counts every byte (SEC-142)', async (t) => {
  const server = await upstream(t, json('12345678'))
  t.equal((await fetchJson(server.origin, { maxBytes: 10 })).body, '12345678')
  await rejectsLike(t, fetchJson(server.origin, { maxBytes: 9 }), { code: 'LATCHKEY_UPSTREAM_TOO_LARGE' })
})
