import type { FastifyReply } from 'fastify'

/**
 * Adds the name of a request header to `Vary`: the answer depends on it. Names that are there stay.
 *
 * @see [RFC 9110 §12.5.5](https://www.rfc-editor.org/rfc/rfc9110#section-12.5.5)
 *
 * @example addVary(reply, 'Accept')
 */
export function addVary(reply: FastifyReply, name: string): void {
  reply.header('vary', [reply.getHeader('vary') ?? [], name].flat().join(', '))
}
