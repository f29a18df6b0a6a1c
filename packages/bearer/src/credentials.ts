import { InvalidRequestError } from '@latchkey/guard'
import type { FastifyRequest } from 'fastify'

const TCHAR = "[!#$%&'*+.^_`|~0-9A-Za-z-]"
const BEARER_SCHEME = new RegExp(`^bearer(?!${TCHAR})`, 'i')
const BEARER_CREDENTIALS = /^bearer +([A-Za-z0-9\-._~+/]+=*)$/i

/**
 * The bearer token of a request's `Authorization` header, or `null` when it has none: credentials of another scheme
 * are not a bearer token. Does not look into the body, and does not take a token from the query string.
 *
 * @throws InvalidRequestError when there are several `Authorization` headers, when the header is malformed, or when
 * the URL carries an `access_token`
 * @see [RFC 6750 §2](https://www.rfc-editor.org/rfc/rfc6750#section-2)
 */
export function bearerToken(request: FastifyRequest): string | null {
  if (hasTokenInQuery(request.url)) {
    throw new InvalidRequestError('Access tokens belong in the Authorization header, not in the URL')
  }
  const { authorization } = request.headers
  if (authorization === undefined) return null
  // Node keeps the first of several Authorization headers and says nothing about the others.
  if (countAuthorizationHeaders(request.raw.rawHeaders) > 1) {
    throw new InvalidRequestError('More than one Authorization header')
  }
  if (!BEARER_SCHEME.test(authorization)) return null
  const token = BEARER_CREDENTIALS.exec(authorization)?.[1]
  if (token === undefined) throw new InvalidRequestError('The Authorization header is malformed')
  return token
}

function hasTokenInQuery(url: string): boolean {
  const query = url.indexOf('?')
  return query !== -1 && new URLSearchParams(url.slice(query)).has('access_token')
}

function countAuthorizationHeaders(rawHeaders: readonly string[]): number {
  let count = 0
  for (let name = 0; name < rawHeaders.length; name += 2) {
    if (rawHeaders[name]?.toLowerCase() === 'authorization') count++
  }
  return count
}
