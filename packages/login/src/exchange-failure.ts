import type { IncomingMessage } from 'node:http'
import { LoginError } from './errors.ts'
import { printable } from './printable.ts'

// What the engine throws, as far as it is told here.
interface EngineFailure {
  readonly isBoom?: boolean
  readonly output?: { readonly statusCode?: number }
  readonly data?: {
    readonly isResponseError?: boolean
    readonly payload?: { readonly error?: unknown }
    readonly headers?: { readonly 'retry-after'?: string }
    readonly res?: IncomingMessage
  } | null
}

/**
 * Turns what the engine threw into an answer: a code or a refresh token that is no good is `invalid_state`, and anything
 * else is the provider's. What it threw holds the request: nothing of that is kept.
 *
 * @throws LoginError
 */
export function exchangeFailure(thrown: unknown): never {
  const { isBoom = false, output, data } = thrown as EngineFailure // anything that was thrown is asked for its members
  const status = output?.statusCode ?? 0
  // When the body was too long, or too slow, its connection is still open.
  data?.res?.destroy()
  if (!isBoom) throw new LoginError('provider_error', { cause: 'the token endpoint gave no usable JSON' })
  if (data?.isResponseError === true) throw refusal(status, data.payload?.error, data.headers?.['retry-after'])
  if (status === 504 || status === 408) throw new LoginError('provider_timeout')
  // Redirects and nonsense are 502 too, but come without an error of the network.
  if (status === 502 && data instanceof Error)
    throw new LoginError('provider_unavailable', { cause: 'the token endpoint cannot be reached' })
  throw new LoginError('provider_error', { cause: 'the token endpoint gave no usable answer' })
}

/** Why the provider refused a token request, by its status and its error code. */
export function refusal(status: number, error: unknown, retryAfter?: string): LoginError {
  const cause = `the token endpoint answered ${status} ${printable(error)}`
  if (error === 'invalid_grant' || error === 'bad_verification_code') return new LoginError('invalid_state', { cause })
  if (status < 500 && status !== 429) return new LoginError('provider_error', { cause })
  const seconds = Number(retryAfter)
  return new LoginError('provider_unavailable', { cause, retryAfter: seconds > 0 ? Math.ceil(seconds) : undefined })
}
