import type { FastifyReply } from 'fastify'
import type { Authenticator } from './authenticator.ts'
import {
  CrossSiteRequestError,
  InsufficientScopeError,
  InsufficientUserAuthenticationError,
  InvalidDpopProofError,
  InvalidRequestError,
  InvalidTokenError,
  TooManyRequestsError,
  UnavailableError
} from './errors.ts'

// RFC 6750 §3: the characters that these attributes may have. None of them needs escaping in a quoted-string.
const ATTRIBUTE = /^[\x20\x21\x23-\x5B\x5D-\x7E]+$/

/** Writes the headers of the refusals of one guard. */
export interface Challenger {
  /** There are other authenticators now. */
  update(authenticators: readonly Authenticator[]): void
  /**
   * Writes the headers of a refusal: `WWW-Authenticate` as RFC 6750 §3 has it, `Retry-After` for what is unavailable or too much,
   * `DPoP-Nonce` for a proof that lacks it. The only place that does. Headers set before an error is thrown survive the
   * application's own error handler.
   *
   * @param by - the authenticator whose credential was refused, or `undefined` when there was none to refuse
   */
  write(reply: FastifyReply, error: Error, by: Authenticator | undefined): void
}

/**
 * @param resourceMetadata - the URL that every challenge names (RFC 9728 §5.1), if there is one
 * @see [RFC 9110 §11.6.1](https://www.rfc-editor.org/rfc/rfc9110#section-11.6.1)
 */
export function challenger(resourceMetadata: string | undefined): Challenger {
  const common: Parameters = resourceMetadata === undefined ? {} : { resource_metadata: resourceMetadata }
  // What everybody is told who shows nothing: made once, because that costs nobody anything to ask.
  let bare = ''

  return {
    update(authenticators) {
      bare = challenges(authenticators, common)
    },
    write(reply, error, by) {
      if (error instanceof UnavailableError || error instanceof TooManyRequestsError) {
        reply.header('retry-after', String(error.retryAfter))
        return
      }
      // No other credential would help: the page is the wrong one.
      if (error instanceof CrossSiteRequestError) return
      if (error instanceof InvalidDpopProofError && error.nonce !== null) reply.header('dpop-nonce', error.nonce)
      const value = by ? challenges([by], { ...parametersOf(error), ...common }) : bare
      if (value !== '') reply.header('www-authenticate', value)
    }
  }
}

/** Whether a value can stand in a challenge as it is. */
export function isAttribute(value: unknown): value is string {
  return typeof value === 'string' && ATTRIBUTE.test(value)
}

/** In the order in which they are written. */
type Parameters = Readonly<Record<string, string>>

function challenges(authenticators: readonly Authenticator[], parameters: Parameters): string {
  const written = authenticators.flatMap(({ challenge, challengeParameters }) => {
    if (challenge === null) return []
    const attributes = write({ ...parameters, ...challengeParameters })
    return [attributes === '' ? challenge : `${challenge} ${attributes}`]
  })
  return [...new Set(written)].join(', ')
}

function parametersOf(error: Error): Parameters {
  if (error instanceof InsufficientScopeError) {
    return { error: error.error, error_description: error.message, scope: error.scopes.join(' ') }
  }
  if (error instanceof InsufficientUserAuthenticationError) {
    return { error: error.error, error_description: error.message, max_age: String(error.maxAge) }
  }
  if (
    error instanceof InvalidTokenError ||
    error instanceof InvalidRequestError ||
    error instanceof InvalidDpopProofError
  ) {
    return { error: error.error, error_description: error.message }
  }
  return {}
}

function write(parameters: Parameters): string {
  return Object.entries(parameters)
    .filter(([, value]) => isAttribute(value))
    .map(([name, value]) => `${name}="${value}"`)
    .join(', ')
}
