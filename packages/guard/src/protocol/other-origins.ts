import type { FastifyReply, FastifyRequest } from 'fastify'

const EVERY_ANSWER: Readonly<Record<string, string>> = {
  'access-control-allow-origin': '*',
  'access-control-expose-headers': 'WWW-Authenticate, DPoP-Nonce'
}

// MCP clients send the version of their protocol with each request.
const PREFLIGHT_ANSWER: Readonly<Record<string, string>> = {
  'access-control-allow-methods': 'GET, POST, DELETE',
  'access-control-allow-headers': 'authorization, content-type, dpop, mcp-protocol-version',
  'access-control-max-age': '600'
}

/**
 * Sets the headers that let scripts of every origin read an answer, or make the request that a preflight asks for. Replaces
 * those of the application. Never with credentials: a browser does not show a script the answer to a request with cookies.
 *
 * @see [Fetch: CORS protocol](https://fetch.spec.whatwg.org/#http-cors-protocol)
 */
export function openToOtherOrigins(request: FastifyRequest, reply: FastifyReply): void {
  reply.removeHeader('access-control-allow-credentials')
  reply.headers(EVERY_ANSWER)
  if (isPreflight(request)) reply.headers(PREFLIGHT_ANSWER)
}

/** Whether a request is the preflight of a browser. */
export function isPreflight({ method, headers }: FastifyRequest): boolean {
  return method === 'OPTIONS' && headers.origin !== undefined && headers['access-control-request-method'] !== undefined
}
