import { fetchJson, remoteKeySet } from '@latchkey/issuer'
import t from 'tap'
import { rejectsLike } from '@latchkey/exact'
import { json, silence, upstream } from './fixtures/upstream.ts'

const timedOut = { code: 'LATCHKEY_UPSTREAM_TIMEOUT', statusCode: 503 }

t.test('aborts a request without an answer at the timeout, and closes the connection (FAULT-2, SEC-141)', async (t) => {
  const server = await upstream(t, silence)
  await rejectsLike(t, fetchJson(`${server.origin}/a?b`, { timeout: 50 }), {
    ...timedOut,
    cause: { message: `GET ${server.origin}/a` }
  })
  await rejectsLike(t, fetchJson(server.origin, { method: 'POST', timeout: 50 }), timedOut)
  t.ok(server.asked.length <= 2, 'no request is sent twice')
  await server.allClosed()
})

t.test('aborts an answer that does not end at the timeout (FAULT-2, SEC-141)', async (t) => {
  const server = await upstream(t, (_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' }).write('{')
  })
  await rejectsLike(t, fetchJson(server.origin, { timeout: 50 }), timedOut)
  await server.allClosed()
})

t.test('aborts an answer that arrives slowly at the timeout (FAULT-2, SEC-141)', async (t) => {
  const server = await upstream(t, (_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' })
    const timer = setInterval(() => response.write(' '), 10)
    response.on('close', () => clearInterval(timer))
  })
  await rejectsLike(t, fetchJson(server.origin, { timeout: 100 }), timedOut)
  await server.allClosed()
})

t.test('the default timeout is five seconds (FAULT-2, SEC-141)', async (t) => {
  const server = await upstream(t, silence)
  await rejectsLike(t, remoteKeySet(server.origin).find({ alg: 'ES256' }), timedOut)
  await server.allClosed()
})

t.test('leaves no connection open after 1,000 timeouts (FAULT-2)', async (t) => {
  const server = await upstream(t, silence)
  const calls = Array.from({ length: 1000 }, () => fetchJson(server.origin, { timeout: 2000 }).catch(codeOf))
  const codes = await Promise.all(calls)
  t.same(new Set(codes), new Set(['LATCHKEY_UPSTREAM_TIMEOUT']))
  await server.allClosed()
  t.ok(server.connections() > 0)
  server.answer = json({ well: true })
  t.same((await fetchJson(server.origin)).body, { well: true })
})

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : error
}
