import { getEventListeners } from 'node:events'
import { gzipSync } from 'node:zlib'
import { fetchJson } from '@latchkey/issuer'
import t from 'tap'
import { like, rejectsLike } from '@latchkey/exact'
import { deserted, hangUp, json, silence, status, text, upstream } from './fixtures/upstream.ts'

t.test('returns the status, the headers and the JSON of an answer', async (t) => {
  const server = await upstream(t, json({ a: [1] }, { 'x-more': 'yes' }))
  const answer = await fetchJson(`${server.origin}/a?b=c`)
  t.equal(answer.status, 200)
  t.equal(answer.headers.get('X-More'), 'yes')
  t.equal(answer.headers.get('x-less'), null)
  t.same(answer.body, { a: [1] })
  t.same(server.asked, ['GET /a?b=c'])
})

t.test('sends Accept: application/json, unless the caller sets another', async (t) => {
  const server = await upstream(t, (request, response) =>
    json([request.headers.accept, request.headers['x-own']])(request, response)
  )
  t.same((await fetchJson(server.origin)).body, ['application/json', null])
  const headers = { Accept: 'application/x+json', 'x-own': '1' }
  t.same((await fetchJson(server.origin, { headers })).body, ['application/x+json', '1'])
})

t.test('posts a form or a text', async (t) => {
  const server = await upstream(t, (request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () =>
      json([request.method, request.headers['content-type'], Buffer.concat(chunks).toString()])(request, response)
    )
  })
  const form = new URLSearchParams({ code: 'a b' })
  t.same((await fetchJson(server.origin, { method: 'POST', body: form })).body, [
    'POST',
    'application/x-www-form-urlencoded;charset=UTF-8',
    'code=a+b'
  ])
  const headers = { 'content-type': 'application/json' }
  t.same((await fetchJson(server.origin, { method: 'POST', body: '{}', headers })).body, [
    'POST',
    'application/json',
    '{}'
  ])
  like(t, await fetchJson(server.origin, { method: 'POST' }), { body: ['POST', null, ''] })
})

for (const type of [
  'application/json',
  'Application/JSON ; charset=utf-8',
  'application/jwk-set+json',
  'application/problem+json'
]) {
  t.test(`reads ${type} as JSON`, async (t) => {
    const server = await upstream(t, text('{}', { 'content-type': type }))
    t.same((await fetchJson(server.origin)).body, {})
  })
}

t.test('accepts a status that the option statuses names', async (t) => {
  const server = await upstream(t, status(400))
  const answer = await fetchJson(server.origin, { statuses: [200, 400] })
  like(t, answer, { status: 400, body: { error: 'canary' } })
})

t.test('reads a compressed answer', async (t) => {
  const server = await upstream(t, text(gzipSync('{"a":1}'), { 'content-encoding': 'gzip' }))
  t.same((await fetchJson(server.origin)).body, { a: 1 })
})

t.test('reuses connections, and closes idle ones soon', async (t) => {
  const server = await upstream(t, json({}))
  for (let call = 0; call < 10; call++) await fetchJson(server.origin)
  t.ok(server.connections() < 10)
  await server.allClosed()
})

t.test('repeats a GET once, and no POST, when the connection broke before an answer (FAULT-30)', async (t) => {
  const server = await upstream(t, hangUp)
  await rejectsLike(t, fetchJson(server.origin), {
    code: 'LATCHKEY_UPSTREAM_UNREACHABLE',
    cause: { message: /: ECONNRESET$/ }
  })
  t.equal(server.asked.length, 2)
  await rejectsLike(t, fetchJson(server.origin, { method: 'POST' }), { code: 'LATCHKEY_UPSTREAM_UNREACHABLE' })
  t.equal(server.asked.length, 3)
  server.answer = (request, response) => {
    server.answer = json({})
    hangUp(request, response)
  }
  t.same((await fetchJson(server.origin)).body, {})
})

t.test('a request survives that the server closed the kept connection (FAULT-30)', async (t) => {
  const server = await upstream(t, json({}))
  await fetchJson(server.origin)
  server.answer = (request, response) => {
    server.answer = json({ again: true })
    // For the client, the connection closes while the request is on its way.
    request.socket.end()
    response.destroy()
  }
  t.same((await fetchJson(server.origin)).body, { again: true })
  t.equal(server.asked.length, 3)
})

t.test('does not repeat a request after an answer, or when no server listens (FAULT-30)', async (t) => {
  const server = await upstream(t, status(500))
  await rejectsLike(t, fetchJson(server.origin), { code: 'LATCHKEY_UPSTREAM_STATUS', status: 500 })
  t.equal(server.asked.length, 1)
  const origin = await deserted()
  await rejectsLike(t, fetchJson(origin), {
    code: 'LATCHKEY_UPSTREAM_UNREACHABLE',
    cause: { message: `GET ${origin}/: ECONNREFUSED` },
    statusCode: 503,
    status: undefined,
    retryAfter: 1
  })
})

t.test('rejects a port that fetch() blocks', async (t) => {
  await rejectsLike(t, fetchJson('http://127.0.0.1:25/'), { cause: { message: 'GET http://127.0.0.1:25/: no code' } })
})

t.test('the error of an unknown host name has the code of the lookup (FAULT-30)', async (t) => {
  await rejectsLike(t, fetchJson('https://nowhere.invalid/'), {
    code: 'LATCHKEY_UPSTREAM_UNREACHABLE',
    cause: { message: /^GET https:\/\/nowhere\.invalid\/: E/ }
  })
})

t.test('a signal aborts the request before it begins and while it waits', async (t) => {
  const server = await upstream(t, silence)
  const reason = new Error('shutting down')
  await rejectsLike(t, fetchJson(server.origin, { signal: AbortSignal.abort(reason) }), reason)
  t.equal(server.asked.length, 0)
  const controller = new AbortController()
  const call = fetchJson(server.origin, { signal: controller.signal })
  await server.received(1)
  controller.abort(reason)
  await rejectsLike(t, call, reason)
  await server.allClosed()
})

t.test('leaves no listener on a signal', async (t) => {
  const server = await upstream(t, json({}))
  const { signal } = new AbortController()
  await fetchJson(server.origin, { signal })
  t.equal(getEventListeners(signal, 'abort').length, 0)
})

for (const [name, options, message] of [
  ['a method that is not GET or POST', { method: 'PUT' }, "fetchJson(): method must be 'GET' or 'POST'; got a string"],
  [
    'headers that are not an object',
    { headers: 'x' },
    'fetchJson(): headers must be an object of header names and values; got a string'
  ],
  [
    'headers that are null',
    { headers: null },
    'fetchJson(): headers must be an object of header names and values; got null'
  ],
  [
    'a header with a line break',
    { headers: { a: 'canary\n b' } },
    'fetchJson(): headers must be an object of header names and values'
  ],
  [
    'headers whose members a copy would lose',
    { headers: new Headers({ authorization: 'canary' }) },
    'fetchJson(): headers must be an object of header names and values; got an iterable object'
  ],
  [
    'a body of another type',
    { method: 'POST', body: {} },
    'fetchJson(): body must be a string or URLSearchParams; got an object'
  ],
  ['a body for a GET', { body: 'canary' }, 'fetchJson(): body needs the method POST'],
  [
    'a timeout of 0',
    { timeout: 0 },
    'fetchJson(): timeout must be a whole number of milliseconds from 1 to 5000; got a number'
  ],
  [
    'a timeout over the limit (SEC-141)',
    { timeout: 5001 },
    'fetchJson(): timeout must be a whole number of milliseconds from 1 to 5000; got a number'
  ],
  [
    'a timeout of half a millisecond',
    { timeout: 1.5 },
    'fetchJson(): timeout must be a whole number of milliseconds from 1 to 5000; got a number'
  ],
  [
    'a size over the limit (SEC-142)',
    { maxBytes: 2 ** 20 + 1 },
    'fetchJson(): maxBytes must be a whole number of bytes from 1 to 1048576; got a number'
  ],
  [
    'a maxBytes that is not a number',
    { maxBytes: '1' },
    'fetchJson(): maxBytes must be a whole number of bytes from 1 to 1048576; got a string'
  ],
  ['a signal that is not an AbortSignal', { signal: {} }, 'fetchJson(): signal must be an AbortSignal; got an object'],
  [
    'an empty list of statuses',
    { statuses: [] },
    'fetchJson(): statuses must be a list of at least one HTTP status; got an empty list'
  ],
  [
    'a status that is not a number',
    { statuses: ['200'] },
    'fetchJson(): statuses[0] must be an HTTP status; got a string'
  ],
  [
    'statuses that are not a list',
    { statuses: 200 },
    'fetchJson(): statuses must be a list of at least one HTTP status; got a number'
  ],
  [
    'a blockSpecialUse that is not a boolean',
    { blockSpecialUse: 'yes' },
    'fetchJson(): blockSpecialUse must be true or false; got a string'
  ],
  [
    'an unknown option (SEC-146)',
    { rejectUnauthorized: false },
    'fetchJson(): rejectUnauthorized does not exist. Fix: use one of method, headers, body, timeout, maxBytes, signal, statuses, blockSpecialUse'
  ]
] as const) {
  t.test(`throws a TypeError for options with ${name}, without the value`, async (t) => {
    const call = fetchJson('https://login.example.com/', options as object)
    const error: unknown = await call.catch((thrown: unknown) => thrown)
    t.ok(error instanceof TypeError)
    like(t, error, { message })
    t.notMatch(error, { message: /canary/ })
  })
}
