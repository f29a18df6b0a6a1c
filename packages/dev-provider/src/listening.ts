import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A server on 127.0.0.1. Its request listener is set once the port is known. */
export interface Listening {
  readonly origin: string
  answer(listener: RequestListener): void
  /** Closes all connections at once, also those in use. */
  close(): Promise<void>
}

/** Opens the port. Rejects when it is taken. */
export async function listen(port: number): Promise<Listening> {
  const server: Server = createServer()
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', resolve)
  })
  const address = server.address() as AddressInfo // a server that listens on a port has such an address
  return {
    origin: `http://127.0.0.1:${address.port}`,
    answer: (listener) => server.on('request', listener),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      })
  }
}
