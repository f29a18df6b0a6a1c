import { InvalidRequestError } from '@latchkey/guard'
import type { FastifyRequest } from 'fastify'

const TCHAR = "[!#$%&'*+.^_`|~0-9A-Za-z-]"
const BEARER_SCHEME = new RegExp(`^bearer(?!${TCHAR})`, 'i')
const AUTHORIZATION = 'authorization'
const BEARER_CREDENTIALS = /^bearer +([A-Za-z0-9\-._~+/]+=*)$/i

/**
 * The only `Authorization` header of a request, or `null` when it has none.
 *
 * @throws InvalidRequestError when there are several, or when the URL carries an `access_token`
 * @see [RFC 6750 §2](https://www.rfc-editor.org/rfc/rfc6750#section-2)
 */
export function soleCredentials(request: FastifyRequest): string | null {
  if (hasTokenInQuery(request.url)) {
    throw new InvalidRequestError('Access tokens belong in the Authorization header, not in the URL')
  }
  const { authorization } = request.headers
  if (authorization === undefined) return null
  // Node keeps the first of several Authorization headers and says nothing about the others.
  if (countAuthorizationHeaders(request.raw.rawHeaders) > 1) {
    throw new InvalidRequestError('More than one Authorization header')
  }
  return authorization
}

/**
 * The bearer token in an `Authorization` header, or `null` when the credentials are of another scheme.
 *
 * @throws InvalidRequestError when the header is malformed
 * @see [RFC 6750 §2.1](https://www.rfc-editor.org/rfc/rfc6750#section-2.1)
 */
export function bearerToken(credentials: string): string | null {
  if (!BEARER_SCHEME.test(credentials)) return null
  const token = BEARER_CREDENTIALS.exec(credentials)?.[1]
  if (token === undefined) throw new InvalidRequestError('The Authorization header is malformed')
  return token
}

function hasTokenInQuery(url: string): boolean {
  const query = url.indexOf('?')
  return query !== -1 && new URLSearchParams(url.slice(query)).has('access_token')
}

function countAuthorizationHeaders(rawHeaders: readonly string[]): number {
  let count = 0
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at] as string // `at` is within bounds
    if (name.length === AUTHORIZATION.length && name.toLowerCase() === AUTHORIZATION) count++
  }
  return count
}
