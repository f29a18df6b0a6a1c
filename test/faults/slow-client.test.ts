import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { text } from 'node:stream/consumers'
import t, { type Test } from 'tap'
import { house, startProviders } from '../logs/house.ts'
import { freeOrigin, listen } from '../loopback.ts'

const TIMEOUT = 400

const slow = [
  {
    name: 'dribbles its headers',
    head: 'POST /token HTTP/1.1\r\nHost: localhost\r\n',
    drop: (at: number) => `X-${at}: a\r\n`
  },
  {
    name: 'dribbles its body',
    head: 'POST /token HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 9999\r\n\r\n',
    drop: () => 'a'
  },
  {
    name: 'dribbles the body of a guarded route',
    head: 'POST /items HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 9999\r\n\r\n',
    drop: () => ' '
  }
]

for (const { name, head, drop } of slow) {
  t.test(`a client that ${name} is cut off, and others are served in the meantime (FAULT-21)`, async (t) => {
    const { origin, unhandled } = await served(t)
    const clients = Array.from({ length: 20 }, () => dribble(t, origin, head, drop))
    const underWay = { over: false }
    const over = Promise.all(clients).finally(() => (underWay.over = true))
    let answered = 0
    while (!underWay.over) {
      t.equal((await fetch(`${origin}/open`)).status, 200)
      answered++
    }
    const ends = await over
    t.ok(answered > 3)
    for (const { answer, took } of ends) {
      t.match(answer, /^(?:HTTP\/1\.1 (?:408|401) |$)/)
      t.ok(took < TIMEOUT * 10, `cut off after ${took} ms`)
    }
    t.same(unhandled, [])
  })
}

t.test('headers of more than 16 KiB get 431, and others are served (FAULT-21)', async (t) => {
  const { origin, unhandled } = await served(t)
  for (const path of ['/token', '/items', '/login', '/open']) {
    const socket = open(t, origin)
    socket.write(`GET ${path} HTTP/1.1\r\nHost: localhost\r\nCookie: ${'a'.repeat(17 * 1024)}\r\n\r\n`)
    t.match(await text(socket), /^HTTP\/1\.1 431 /, path)
    t.equal((await fetch(`${origin}/open`)).status, 200)
  }
  t.same(unhandled, [])
})

async function served(t: Test): Promise<{ origin: string; unhandled: unknown[] }> {
  const unhandled: unknown[] = []
  const note = (reason: unknown): void => void unhandled.push(reason)
  process.on('unhandledRejection', note)
  t.teardown(() => process.off('unhandledRejection', note))
  const origin = await freeOrigin()
  const { app } = await house(origin, await startProviders(t, origin), {
    server: {
      requestTimeout: TIMEOUT,
      connectionTimeout: TIMEOUT * 5,
      http: { headersTimeout: TIMEOUT, connectionsCheckingInterval: 50 }
    }
  })
  await listen(t, app, origin)
  return { origin, unhandled }
}

function open(t: Test, origin: string): Socket {
  const { hostname, port } = new URL(origin)
  const socket = connect(Number(port), hostname)
  t.teardown(() => socket.destroy())
  // The cut connection may end with an error.
  socket.on('error', () => undefined)
  return socket
}

/** Sends a little at a time for as long as it may. */
async function dribble(
  t: Test,
  origin: string,
  head: string,
  drop: (at: number) => string
): Promise<{ answer: string; took: number }> {
  const socket = open(t, origin)
  await once(socket, 'connect')
  const began = performance.now()
  let answer = ''
  socket.on('data', (bytes: Buffer) => (answer += bytes.toString()))
  socket.write(head)
  let at = 0
  const timer = setInterval(() => socket.writable && socket.write(drop(at++)), 20)
  await new Promise((resolve) => socket.once('close', resolve))
  clearInterval(timer)
  return { answer, took: Math.round(performance.now() - began) }
}
