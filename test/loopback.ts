import { once } from 'node:events'
import { createServer as createHttpServer, type RequestListener } from 'node:http'
import { createServer } from 'node:net'
import type { FastifyInstance } from 'fastify'
import type { Test } from 'tap'

/** An origin without a listener, because the issuer must be known before its server listens. */
export async function freeOrigin(): Promise<string> {
  const server = createServer().listen(0, 'localhost')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (typeof address !== 'object' || !address) throw new Error('a TCP server has a port')
  return `http://localhost:${address.port}`
}

/** A test, or another program, that ends what it started. */
export type Running = Pick<Test, 'teardown'>

/** Makes a server listen on its origin for as long as the test runs. */
export async function listen(t: Running, app: FastifyInstance, origin: string): Promise<void> {
  t.teardown(() => app.close())
  await app.listen({ port: Number(new URL(origin).port), host: 'localhost' })
}

/** Makes a function answer the requests to an origin, by default a free one, for as long as the test runs. Returns the origin. */
export async function listenHttp(t: Running, listener: RequestListener, origin?: string): Promise<string> {
  const at = origin ?? (await freeOrigin())
  const server = createHttpServer(listener).listen(Number(new URL(at).port), 'localhost')
  t.teardown(() => {
    server.close()
    server.closeAllConnections()
  })
  await once(server, 'listening')
  return at
}
