// Servers beside the one under test, which can fail.
import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A server whose behaviour can be changed. */
export interface Endpoint {
  readonly origin: string
  /** How many requests it got. */
  readonly asked: number
  /** How many connections to it are open. */
  connections(): Promise<number>
  /** Answers each request instead of the usual way, until it is called without a listener. */
  behave(listener?: RequestListener): void
  close(): void
}

/** Starts a server on loopback that answers in the usual way. */
export async function startEndpoint(usual: RequestListener): Promise<Endpoint> {
  let listener = usual
  let asked = 0
  const server = createServer((request, response) => {
    asked++
    listener(request, response)
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, // it listens on TCP
    get asked() {
      return asked
    },
    connections: () =>
      new Promise((resolve, reject) =>
        server.getConnections((error, count) => (error ? reject(error) : resolve(count)))
      ),
    behave: (next = usual) => {
      listener = next
    },
    close() {
      server.close()
      server.closeAllConnections()
    }
  }
}

/** Answers 500. */
export const fails: RequestListener = (_request, response) => response.writeHead(500).end()

/** Never answers. */
export const hangs: RequestListener = () => {}

/** Breaks the connection. */
export const breaks: RequestListener = ({ socket }) => socket.destroy()

/** Answers with JSON. */
export function json(body: unknown): RequestListener {
  return (_request, response) =>
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}
