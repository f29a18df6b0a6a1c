import type { ChildProcess } from 'node:child_process'
import { on, once } from 'node:events'
import { Agent, type IncomingMessage, request } from 'node:http'
import { connect, type Socket } from 'node:net'
import path from 'node:path'
import { text } from 'node:stream/consumers'
import t, { type Test } from 'tap'
import { WebSocket } from 'undici'
import { like } from '@latchkey/exact'
import { forkProgram } from '../programs.ts'

// Processes take their time to start on a busy machine.
t.setTimeout(300_000)

const LOGIN = new URLSearchParams({ grant_type: 'password', username: 'ann', password: 'slow' }).toString()
const FORM = { 'content-type': 'application/x-www-form-urlencoded' }

interface Server {
  readonly port: number
  readonly process: ChildProcess
  /** Resolves when the server has reported each of these once, in any order. */
  told(...expected: string[]): Promise<void>
}

async function start(t: Test): Promise<Server> {
  const program = path.join(import.meta.dirname, 'stopping-server.ts')
  const child = forkProgram(program, [path.join(t.testdir(), 'store.db')])
  t.teardown(() => child.kill('SIGKILL'))
  const messages = on(child, 'message')
  const next = async (): Promise<unknown> => ((await messages.next()).value as [unknown])[0] // the message comes first
  const port = Number(await next())
  return {
    port,
    process: child,
    async told(...expected) {
      const missing = new Set<unknown>(expected)
      while (missing.size > 0) missing.delete(await next())
    }
  }
}

t.test(
  'after SIGTERM the server answers current requests, closes silent connections and exits with 0 (K17, FAULT-23)',
  async (t) => {
    const { port, process: server, told } = await start(t)
    const exit = once(server, 'exit')
    const agent = new Agent({ keepAlive: true })
    t.teardown(() => agent.destroy())
    const kept = await send(port, '/cheap', { agent })
    like(t, [kept.statusCode, kept.headers.connection, await text(kept)], [200, 'keep-alive', 'ok'])
    const silent = await open(port)
    const chat = new WebSocket(`ws://127.0.0.1:${port}/chat`)
    const chatEnded = once(chat, 'close')
    const login = send(port, '/token', { method: 'POST', headers: FORM, agent: new Agent({ keepAlive: true }) }, LOGIN)
    const stream = await send(port, '/stream', { agent: new Agent({ keepAlive: true }) })
    await told('chatting', 'verifying', 'streaming')

    server.kill('SIGTERM')
    await told('stopping')
    const refused = await send(port, '/cheap', { agent })
    like(t, [refused.statusCode, refused.headers.connection], [503, 'close'])
    refused.resume()
    server.send('go on')

    const answer = await login
    like(t, [answer.statusCode, answer.headers.connection], [200, 'close'])
    t.match(JSON.parse(await text(answer)).refresh_token, /./)
    t.equal(await text(stream), 'first last')
    await Promise.all([once(silent, 'close'), chatEnded])
    t.same(await exit, [0, null])
  }
)

t.test(
  'after SIGTERM the server cuts off clients that never end, and exits within ten seconds (K17, FAULT-23)',
  async (t) => {
    const { port, process: server, told } = await start(t)
    const clients = [
      await open(port),
      await open(port, 'GET /cheap HT'),
      await open(
        port,
        'POST /token HTTP/1.1\r\nhost: x\r\ncontent-type: application/x-www-form-urlencoded\r\ncontent-length: 99\r\n\r\na'
      ),
      await open(
        port,
        `POST /token HTTP/1.1\r\nhost: x\r\ncontent-type: ${FORM['content-type']}\r\ncontent-length: ${LOGIN.length}\r\n\r\n${LOGIN}`
      ),
      await open(port, 'GET /stream HTTP/1.1\r\nhost: x\r\n\r\n'),
      // It takes no notice of the closing frame.
      await open(
        port,
        'GET /chat HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\nsec-websocket-key: MDEyMzQ1Njc4OWFiY2RlZg==\r\n\r\n'
      )
    ]
    await told('verifying', 'streaming', 'chatting')
    const before = performance.now()
    server.kill('SIGTERM')
    // The server ends itself with 1 when it takes longer than it may.
    t.same(await once(server, 'exit'), [0, null])
    t.ok(performance.now() - before < 10_000)
    for (const client of clients) client.destroy()
  }
)

function send(port: number, url: string, options: object, body?: string): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    request({ host: '127.0.0.1', port, path: url, ...options }, resolve)
      .once('error', reject)
      .end(body)
  })
}

async function open(port: number, sent = ''): Promise<Socket> {
  const socket = connect({ host: '127.0.0.1', port })
  socket.on('error', () => {}).resume()
  await once(socket, 'connect')
  socket.write(sent)
  return socket
}
