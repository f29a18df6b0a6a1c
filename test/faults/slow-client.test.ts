import { text } from 'node:stream/consumers'
import t, { type Test } from 'tap'
import { house, startProviders } from '../logs/house.ts'
import { freeOrigin, listen } from '../loopback.ts'
import { dribble, open, slowClients } from './dribble.ts'

const TIMEOUT = 400

for (const { name, head, drop } of slowClients) {
  t.test(`a client that ${name} is cut off, and others are served in the meantime (FAULT-21)`, async (t) => {
    const { origin, unhandled } = await served(t)
    const clients = Array.from({ length: 20 }, () => dribble(t, origin, { head, drop }))
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
