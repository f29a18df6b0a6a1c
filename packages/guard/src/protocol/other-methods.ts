import type { FastifyInstance, FastifyReply, FastifyRequest, HTTPMethods } from 'fastify'

/** A part of a route that refuses requests. */
export interface OtherMethods {
  readonly method: HTTPMethods[]
  /** Refuses the request before its body is read. */
  readonly onRequest: (request: FastifyRequest, reply: FastifyReply) => Promise<never>
  readonly handler: (request: FastifyRequest, reply: FastifyReply) => Promise<never>
}

/**
 * Returns the part of a route that refuses all methods but a few, with the header `Allow`. Without such a route, Fastify's own
 * 404 logs the query and sends it back. For authors of plugins. Does not add the route.
 *
 * @param allowed - the methods that have a route of their own
 * @param refusal - makes the error of the answer, with the status 405
 * @see [RFC 9110 §15.5.6](https://www.rfc-editor.org/rfc/rfc9110#section-15.5.6)
 *
 * @example
 * ```ts
 * app.route({ url: '/callback', config, ...otherMethods(app, ['GET'], () => new MethodError()) })
 * ```
 */
export function otherMethods(
  context: Pick<FastifyInstance, 'supportedMethods'>,
  allowed: readonly string[],
  refusal: () => Error
): OtherMethods {
  const refuse = async (_request: FastifyRequest, reply: FastifyReply): Promise<never> => {
    reply.header('allow', allowed.join(', '))
    throw refusal()
  }
  // Cast: the type of `supportedMethods` is a list of texts.
  const method = context.supportedMethods.filter((name) => !allowed.includes(name)) as HTTPMethods[]
  return { method, onRequest: refuse, handler: refuse }
}
