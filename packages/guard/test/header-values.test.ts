import { once } from 'node:events'
import { type AddressInfo, connect } from 'node:net'
import { headerValues } from '@latchkey/guard/plugin'
import Fastify from 'fastify'
import t from 'tap'

t.test('headerValues() returns every value of a repeated header, in any letter case (SEC-64)', async (t) => {
  const app = Fastify()
  t.teardown(() => app.close())
  const seen: unknown[] = []
  app.get('/', async (request) => {
    seen.push(['authorization', 'x-key', 'x-none'].map((name) => headerValues(request, name)))
  })
  await app.listen({ port: 0, host: '127.0.0.1' })
  const socket = connect((app.server.address() as AddressInfo).port, '127.0.0.1') // listens on a port
  const lines = ['GET / HTTP/1.1', 'Host: a', 'Authorization: a', 'AUTHORIZATION: b', 'X-Key: c', 'x-key: d, e']
  socket.end(`${[...lines, 'Connection: close'].join('\r\n')}\r\n\r\n`).resume()
  await once(socket, 'close')
  t.same(seen, [[['a', 'b'], ['c', 'd, e'], []]])
})
