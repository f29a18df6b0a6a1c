import type { FastifyRequest } from 'fastify'

/**
 * Returns the logged members of a request: those of Fastify's own serializer, without the query. For the `logSerializers` of
 * routes whose query may contain secrets, by design or by mistake.
 *
 * @example logSerializers: { req: loggedWithoutQuery }
 */
export function loggedWithoutQuery(request: FastifyRequest): object {
  const { method, url, host, ip: remoteAddress, socket } = request
  return { method, url: url.split('?', 1)[0], host, remoteAddress, remotePort: socket.remotePort }
}
