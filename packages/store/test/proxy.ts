import { once } from 'node:events'
import { type AddressInfo, createConnection, createServer, type Socket } from 'node:net'

/** A port in front of a server. It can be made to fail. */
export interface Proxy {
  readonly port: number
  /** Stops all traffic, and keeps connections open. */
  hang(): void
  /** Connects new connections to another server. Existing connections stay. */
  redirect(target: number): void
  /** Closes existing connections, and refuses new ones. */
  stop(): Promise<void>
  /** Lets all traffic through again, on the same port. */
  start(): Promise<void>
}

export async function proxyTo(first: number): Promise<Proxy> {
  let target = first
  const sockets = new Set<Socket>()
  let hanging = false
  const server = createServer((socket) => {
    const upstream = createConnection(target, '127.0.0.1')
    for (const [from, to] of [
      [socket, upstream],
      [upstream, socket]
    ] as const) {
      sockets.add(from)
      from.on('data', (chunk) => hanging || to.write(chunk))
      from.on('error', () => {})
      from.on('close', () => {
        sockets.delete(from)
        to.destroy()
      })
    }
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = server.address() as AddressInfo // of a server that listens to TCP
  return {
    port,
    hang: () => {
      hanging = true
    },
    redirect: (next) => {
      target = next
    },
    async stop() {
      const closed = once(server, 'close')
      server.close()
      for (const socket of sockets) socket.destroy()
      await closed
    },
    async start() {
      hanging = false
      await once(server.listen(port, '127.0.0.1'), 'listening')
    }
  }
}
