import { type AddressInfo, connect } from 'node:net'
import { text } from 'node:stream/consumers'
import guard, { everyone } from '@latchkey/guard'
import Fastify from 'fastify'
import t from 'tap'

t.test('refuses an origin that is no URL in a request without a host (SEC-133)', async (t) => {
  const app = Fastify()
  t.teardown(() => app.close())
  await app.register(guard)
  app.post('/', { config: { access: everyone } }, async () => 'changed')
  await app.listen({ port: 0, host: '127.0.0.1' })
  const { port } = app.server.address() as AddressInfo // listens on a port
  for (const [origin, status] of [
    ['null', 403],
    ['x', 403],
    ['https://evil.example', 403],
    [undefined, 200]
  ] as const) {
    const socket = connect(port, '127.0.0.1')
    const header = origin === undefined ? '' : `Origin: ${origin}\r\n`
    socket.write(`POST / HTTP/1.0\r\n${header}Content-Length: 0\r\n\r\n`)
    const [line = ''] = (await text(socket)).split('\r\n')
    t.equal(Number(line.split(' ')[1]), status, origin ?? 'a program')
  }
})
