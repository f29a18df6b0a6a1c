// A server that stops like the examples. It reports each step to its parent, and continues when it gets a message.
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { Readable } from 'node:stream'
import websocket from '@fastify/websocket'
import Fastify from 'fastify'
import guard, { everyone } from '@latchkey/guard'
import passwordGrant from '@latchkey/password-grant'
import { sqlStore } from '@latchkey/store/sql'
import tokenEndpoint, { generateSigningKey } from '@latchkey/token-endpoint'
import { stopOnSignal } from '../../examples/stopping.ts'

const access = { config: { access: everyone } }
const issuer = 'http://localhost:3000'
process.once('disconnect', () => process.exit())
const store = sqlStore({ file: process.argv[2] ?? '' })
await store.migrate()
const app = Fastify()
app.addHook('preClose', async () => tell('stopping'))
app.addHook('onClose', () => store.close())
stopOnSignal(app)
await app.register(websocket)
await app.register(guard)
await app.register(tokenEndpoint, { issuer, audience: issuer, keys: [await generateSigningKey()], store })
await app.register(passwordGrant, {
  async verifyPassword({ username }) {
    await untilToldToGoOn('verifying')
    return { subject: username, scopes: [] }
  }
})
app.get('/cheap', access, async () => 'ok')
app.get('/stream', access, (_request, reply) => reply.send(Readable.from(stream())))
app.get('/chat', { ...access, websocket: true }, () => tell('chatting'))
await app.listen({ port: 0, host: '127.0.0.1' })
tell((app.server.address() as AddressInfo).port) // it listens on TCP

async function* stream(): AsyncGenerator<string> {
  yield 'first '
  await untilToldToGoOn('streaming')
  yield 'last'
}

async function untilToldToGoOn(what: string): Promise<void> {
  const told = once(process, 'message')
  tell(what)
  await told
}

function tell(what: string | number): void {
  process.send?.(what)
}
