import { request as httpRequest, Agent, type IncomingMessage } from 'node:http'
import { connect, type AddressInfo } from 'node:net'
import http2 from 'node:http2'
import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { once } from 'node:events'
import Fastify, { type FastifyInstance } from 'fastify'
import t, { type Test } from 'tap'
import { like } from '@latchkey/exact'
import { readAhead } from '@latchkey/guard/plugin'

const LIMIT = 16 * 1024

/** A server that answers with its early read of the body, and with the body that a hook and a parser read later. */
function echo(t: Test, app: FastifyInstance = Fastify()): FastifyInstance {
  t.teardown(() => app.close())
  app.removeAllContentTypeParsers()
  app.addHook('preParsing', async (_request, _reply, payload) => Readable.from([await text(payload)]))
  app.addContentTypeParser('*', async (_request: unknown, payload: Readable) => text(payload))
  const ahead = new WeakMap<object, string>()
  app.addHook('onRequest', async (request) => {
    ahead.set(request, (await readAhead(request, LIMIT)).toString())
  })
  app.post('/', async (request) => [ahead.get(request), request.body])
  return app
}

async function listening(t: Test, app = echo(t)): Promise<number> {
  await app.listen({ port: 0, host: '127.0.0.1' })
  return (app.addresses()[0] as AddressInfo).port // it listens on TCP
}

const headers = { 'content-type': 'text/plain' }

t.test('returns the body, and later readers receive it too (K2.4)', async (t) => {
  const app = echo(t)
  for (const payload of ['a=1', 'é'.repeat(1_000), 'x'.repeat(LIMIT)]) {
    t.same((await app.inject({ method: 'POST', url: '/', headers, payload })).json(), [payload, payload])
  }
})

t.test('reads an empty body, with a length and without (K2.4)', async (t) => {
  const app = echo(t)
  for (const length of [{}, { 'content-length': '0' }]) {
    const answer = await app.inject({ method: 'POST', url: '/', headers: { ...headers, ...length } })
    t.equal(answer.json()[0], '')
  }
})

t.test('refuses a body that is too large with 413, with a length and without (K2.4, SEC-24)', async (t) => {
  const app = echo(t)
  const payload = 'x'.repeat(LIMIT + 1)
  const declared = await app.inject({ method: 'POST', url: '/', headers, payload })
  like(t, [declared.statusCode, declared.json()], [413, { code: 'LATCHKEY_BODY_TOO_LARGE' }])
  const streamed = await app.inject({ method: 'POST', url: '/', headers, payload: Readable.from([payload, payload]) })
  like(t, [streamed.statusCode, streamed.json()], [413, { code: 'LATCHKEY_BODY_TOO_LARGE' }])
})

t.test('returns the complete body in chunks, for several requests on one connection (K2.4)', async (t) => {
  const port = await listening(t)
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  t.teardown(() => agent.destroy())
  for (const chunks of [['a', '=', '1'], ['x'.repeat(LIMIT)], ['x'.repeat(9_000), 'y'.repeat(7_000)], ['last=1']]) {
    const request = httpRequest({ port, host: '127.0.0.1', agent, method: 'POST', headers })
    for (const chunk of chunks) {
      request.write(chunk)
      await new Promise(setImmediate)
    }
    request.end()
    const [answer] = (await once(request, 'response')) as [IncomingMessage]
    t.same(JSON.parse(await text(answer)), [chunks.join(''), chunks.join('')])
  }
})

t.test('returns the complete body over HTTP/2, which needs no length (K2.4)', async (t) => {
  const app = Fastify({ http2: true }) as unknown as FastifyInstance // cast: the same routes over another protocol
  app.addHook('onRequest', async (request) => {
    ahead = (await readAhead(request, LIMIT)).toString()
  })
  let ahead = ''
  app.addContentTypeParser('*', async () => undefined)
  app.post('/', async () => ahead)
  const port = await listening(t, app)
  t.teardown(() => app.close())
  const session = http2.connect(`http://127.0.0.1:${port}`)
  t.teardown(() => session.close())
  const stream = session.request({ ':method': 'POST', ':path': '/', 'content-type': 'text/x' })
  stream.write('a=1')
  stream.end('&b=2')
  t.equal(await text(stream), 'a=1&b=2')
})

t.test('answers 400 to a body that ends too early (K2.4)', async (t) => {
  const app = Fastify()
  t.teardown(() => app.close())
  const failed = new Promise<Error>((resolve) => {
    app.addHook('onError', async (_request, _reply, error) => resolve(error))
  })
  app.addHook('onRequest', async (request) => {
    setImmediate(() => socket.destroy())
    await readAhead(request, LIMIT)
  })
  app.post('/', async () => 'reached')
  const port = await listening(t, app)
  const socket = connect(port, '127.0.0.1')
  socket.write('POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/plain\r\nContent-Length: 10\r\n\r\nabc')
  like(t, await failed, { code: 'LATCHKEY_BODY_INCOMPLETE', statusCode: 400 })
})

t.test('returns an empty body when another hook has read it (K2.4)', async (t) => {
  const app = Fastify()
  app.addHook('onRequest', async (request) => {
    await text(request.raw)
  })
  app.addHook('onRequest', async (request, reply) => reply.send({ length: (await readAhead(request, LIMIT)).length }))
  app.post('/', async () => 'unreached')
  t.same((await app.inject({ method: 'POST', url: '/', headers, payload: 'a=1' })).json(), { length: 0 })
})
