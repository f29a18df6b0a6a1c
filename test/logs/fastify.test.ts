import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import guard from '@latchkey/guard'
import Fastify, { type FastifyInstance } from 'fastify'
import t, { type Test } from 'tap'

// The settings of servers in SECURITY.md, and the behaviour of Fastify without them.

t.test(
  'the answer to an unknown path and its log repeat a token in the query unless the server sets its own answer',
  async (t) => {
    for (const isOwn of [false, true]) {
      const { app, lines } = await logging()
      t.teardown(() => app.close())
      if (isOwn) app.setNotFoundHandler((_request, reply) => reply.code(404).send({ error: 'not_found' }))
      const answer = await app.inject('/nowhere?access_token=canary')
      t.equal(answer.statusCode, 404)
      t.equal(answer.body.includes('canary'), !isOwn)
      t.equal(
        lines.some((line) => line.includes('canary')),
        !isOwn
      )
    }
  }
)

t.test('the bytes of invalid HTTP are logged at trace level unless the server redacts them', async (t) => {
  for (const redact of [[], ['err.rawPacket']]) {
    const { app, lines } = await logging(redact)
    t.teardown(() => app.close())
    await sendNoise(t, app)
    const bytes = JSON.stringify([...Buffer.from('Bearer canary')]).slice(1, -1)
    t.ok(lines.some((line) => line.includes('client error')))
    t.equal(
      lines.some((line) => line.includes(bytes)),
      redact.length === 0
    )
  }
})

async function logging(redact: string[] = []): Promise<{ app: FastifyInstance; lines: string[] }> {
  const lines: string[] = []
  const stream = { write: (line: string) => void lines.push(line) }
  const app = Fastify({ logger: { level: 'trace', redact, stream } })
  await app.register(guard)
  return { app, lines }
}

async function sendNoise(t: Test, app: FastifyInstance): Promise<void> {
  const { hostname, port } = new URL(await app.listen({ port: 0, host: '127.0.0.1' }))
  const socket = connect(Number(port), hostname)
  socket.write('GET / HTTP/1.1\r\nAuthorization: Bearer canary\r\nno header\r\n\r\n')
  t.match(await text(socket), /^HTTP\/1\.1 400 /)
}
