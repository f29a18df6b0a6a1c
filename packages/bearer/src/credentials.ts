import { InvalidRequestError, InvalidTokenError } from '@latchkey/guard'
import { headerValues } from '@latchkey/guard/plugin'
import type { FastifyRequest } from 'fastify'

const TCHAR = "[!#$%&'*+.^_`|~0-9A-Za-z-]"
const bearerScheme = scheme('bearer')
const dpopScheme = scheme('dpop')

/**
 * Returns the only `Authorization` header of a request, or `null` when it has none.
 *
 * @throws InvalidRequestError when there are several, or when the URL carries an `access_token`
 * @see [RFC 6750 §2](https://www.rfc-editor.org/rfc/rfc6750#section-2)
 */
export function soleCredentials(request: FastifyRequest): string | null {
  if (hasToken(request.url)) {
    throw new InvalidRequestError('Access tokens belong in the Authorization header, not in the URL')
  }
  const { authorization } = request.headers
  if (authorization === undefined) return null
  if (headerValues(request, 'authorization').length > 1) {
    throw new InvalidRequestError('More than one Authorization header')
  }
  return authorization
}

/**
 * Returns the bearer token in an `Authorization` header, or `null` when the header has another scheme.
 *
 * @throws InvalidRequestError when the header is malformed
 * @see [RFC 6750 §2.1](https://www.rfc-editor.org/rfc/rfc6750#section-2.1)
 */
export function bearerToken(credentials: string): string | null {
  return tokenIn(credentials, bearerScheme)
}

/**
 * Returns the token in an `Authorization` header with the scheme DPoP, or `null` when the header has another scheme.
 *
 * @throws InvalidRequestError when the header is malformed
 * @see [RFC 9449 §7.1](https://www.rfc-editor.org/rfc/rfc9449#section-7.1)
 */
export function dpopToken(credentials: string): string | null {
  return tokenIn(credentials, dpopScheme)
}

/**
 * Refuses the scheme DPoP where no issuer has bound tokens. The credentials are still an access token: if they were ignored,
 * the request could be accepted as another caller or as an anonymous one.
 *
 * @throws InvalidTokenError if the header has this scheme, with or without credentials behind it
 */
export function refuseDpopScheme(credentials: string): void {
  if (dpopScheme.begins.test(credentials)) throw schemeRefused('DPoP')
}

/**
 * Refuses the scheme Bearer where every token needs a proof.
 *
 * @throws InvalidTokenError if the header has this scheme, with or without credentials behind it
 */
export function refuseBearerScheme(credentials: string): void {
  if (bearerScheme.begins.test(credentials)) throw schemeRefused('Bearer')
}

function schemeRefused(name: string): InvalidTokenError {
  return new InvalidTokenError(`Access tokens of the scheme ${name} are not accepted here`)
}

interface Scheme {
  readonly begins: RegExp
  readonly credentials: RegExp
}

function scheme(name: string): Scheme {
  return {
    begins: new RegExp(`^${name}(?!${TCHAR})`, 'i'),
    credentials: new RegExp(`^${name} +([A-Za-z0-9\\-._~+/]+=*)$`, 'i')
  }
}

function tokenIn(text: string, { begins, credentials }: Scheme): string | null {
  if (!begins.test(text)) return null
  const token = credentials.exec(text)?.[1]
  if (token === undefined) throw new InvalidRequestError('The Authorization header is malformed')
  return token
}

function hasToken(url: string): boolean {
  const query = url.indexOf('?')
  return hasTokenFrom(url, query) || hasTokenBefore(url, query, ';') || hasTokenBefore(url, query, '#')
}

// Fastify's router also ends the path at "#", and with the option `useSemicolonDelimiter` at ";".
function hasTokenBefore(url: string, query: number, delimiter: string): boolean {
  const at = url.indexOf(delimiter)
  return (query === -1 || at < query) && hasTokenFrom(url, at)
}

function hasTokenFrom(url: string, delimiter: number): boolean {
  return delimiter !== -1 && new URLSearchParams(url.slice(delimiter + 1)).has('access_token')
}
