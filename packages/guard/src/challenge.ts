import type { FastifyReply } from 'fastify'
import type { Authenticator } from './authenticator.ts'
import {
  CrossSiteRequestError,
  InsufficientScopeError,
  InvalidRequestError,
  InvalidTokenError,
  UnavailableError
} from './errors.ts'

// RFC 6750 §3: the characters that these attributes may have. None of them needs escaping in a quoted-string.
const ATTRIBUTE = /^[\x20\x21\x23-\x5B\x5D-\x7E]*$/

/**
 * Writes the headers of a refusal: `WWW-Authenticate` as RFC 6750 §3 has it, `Retry-After` for what is unavailable.
 * The only place that does. Headers set before an error is thrown survive the application's own error handler.
 *
 * @param authenticator - the one whose credential was refused, or `undefined` when there was none to refuse
 */
export function challenge(
  reply: FastifyReply,
  error: Error,
  authenticators: readonly Authenticator[],
  authenticator: Authenticator | undefined
): void {
  if (error instanceof UnavailableError) {
    reply.header('retry-after', String(error.retryAfter))
    return
  }
  // No other credential would help: the page is the wrong one.
  if (error instanceof CrossSiteRequestError) return
  const asked = authenticator ? [authenticator] : authenticators
  const schemes = [...new Set(asked.map((one) => one.challenge).filter((scheme) => scheme !== null))]
  if (schemes.length === 0) return
  const attributes = attributesOf(error)
  reply.header(
    'www-authenticate',
    schemes.map((scheme) => (attributes === '' ? scheme : `${scheme} ${attributes}`)).join(', ')
  )
}

function attributesOf(error: Error): string {
  if (error instanceof InsufficientScopeError) {
    return write({ error: error.error, error_description: error.message, scope: error.scopes.join(' ') })
  }
  if (error instanceof InvalidTokenError || error instanceof InvalidRequestError) {
    return write({ error: error.error, error_description: error.message })
  }
  return ''
}

function write(attributes: Readonly<Record<string, string>>): string {
  return Object.entries(attributes)
    .filter(([, value]) => value !== '' && ATTRIBUTE.test(value))
    .map(([name, value]) => `${name}="${value}"`)
    .join(', ')
}
