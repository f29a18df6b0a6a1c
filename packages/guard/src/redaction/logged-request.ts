import type { FastifyRequest } from 'fastify'

/**
 * What the log says of a request: as much as Fastify's own serializer does, but for the query. For the `logSerializers` of
 * routes whose query, by design or by mistake, may hold secrets.
 */
export function loggedWithoutQuery(request: FastifyRequest): object {
  const { method, url, host, ip: remoteAddress, socket } = request
  return { method, url: url.split('?', 1)[0], host, remoteAddress, remotePort: socket.remotePort }
}
