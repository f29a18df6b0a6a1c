import type { FastifyReply, FastifyRequest } from 'fastify'

const EVERY_ANSWER: Readonly<Record<string, string>> = {
  'access-control-allow-origin': '*',
  'access-control-expose-headers': 'WWW-Authenticate, DPoP-Nonce'
}

/** The headers of requests that clients in a browser send. MCP clients send the version of their protocol with each one. */
const REQUEST_HEADERS = 'authorization, content-type, dpop, mcp-protocol-version'

/**
 * Lets scripts of every origin read an answer. Never with credentials: such a script gets no cookie sent and no cookie set.
 *
 * @see [Fetch: CORS protocol](https://fetch.spec.whatwg.org/#http-cors-protocol)
 */
export function openToOtherOrigins(reply: FastifyReply): void {
  reply.headers(EVERY_ANSWER)
}

/** Answers the preflight request of a browser. */
export function answerPreflight(reply: FastifyReply): FastifyReply {
  return reply
    .code(204)
    .headers({
      ...EVERY_ANSWER,
      'access-control-allow-methods': 'GET, POST, DELETE',
      'access-control-allow-headers': REQUEST_HEADERS,
      'access-control-max-age': '600'
    })
    .send()
}

/** Whether a request is the preflight of a browser. */
export function isPreflight({ method, headers }: FastifyRequest): boolean {
  return method === 'OPTIONS' && headers.origin !== undefined && headers['access-control-request-method'] !== undefined
}
