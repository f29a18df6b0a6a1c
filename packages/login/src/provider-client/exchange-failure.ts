import type { IncomingMessage } from 'node:http'
import { LoginError } from '../errors.ts'
import { printable } from './printable.ts'
import type { Claims, Provider } from '../providers/provider.ts'
import { jsonObject, mended } from './token-answer.ts'

// The members of an error of the engine that are read here.
interface EngineFailure {
  readonly output?: { readonly statusCode?: number }
  /** The code of a network error, such as `ECONNREFUSED`. */
  readonly code?: string
  readonly data?: { readonly payload?: Uint8Array; readonly res?: IncomingMessage } | null
}

// Error codes for a spent or invalid code or refresh token: those of RFC 6749 §5.2 and of GitHub.
const SPENT: ReadonlySet<unknown> = new Set(['invalid_grant', 'bad_verification_code', 'bad_refresh_token'])

/**
 * Converts an error of the engine to a `LoginError`: `invalid_state` for an invalid code or refresh token, an error of the
 * provider for everything else. The engine's error contains the request, so nothing of it is kept except the status, the error
 * code and `Retry-After`.
 *
 * @throws LoginError
 */
export function exchangeFailure(thrown: unknown, provider: Pick<Provider, 'tokenResponse'>): never {
  if (thrown instanceof LoginError) throw thrown
  const { output, code, data } = thrown as EngineFailure // any thrown value can be read this way
  const response = data?.res
  // If the body was too long or too slow, its connection is still open.
  response?.destroy()
  if (response?.statusCode !== undefined && response.statusCode >= 400) {
    throw refusal(response.statusCode, errorIn(data?.payload, provider), response.headers['retry-after'])
  }
  if (output?.statusCode === 504 || output?.statusCode === 408) throw new LoginError('provider_timeout')
  if (code !== undefined) throw new LoginError('provider_unavailable', { cause: `the token endpoint: ${code}` })
  throw new LoginError('provider_error', { cause: 'the token endpoint returned no usable answer' })
}

function errorIn(body: Uint8Array | undefined, provider: Pick<Provider, 'tokenResponse'>): unknown {
  const answer: Claims = (body && jsonObject(body)) ?? {}
  try {
    return mended(answer, provider)['error']
  } catch {
    // `tokenResponse` may support answers with tokens only. The answer is still an error.
    return answer['error']
  }
}

/** Returns the error for a refused token request, by its status and its error code. */
export function refusal(status: number, error: unknown, retryAfter?: string): LoginError {
  const cause = `the token endpoint answered ${status} ${printable(error)}`
  if (SPENT.has(error)) return new LoginError('invalid_state', { cause })
  if (status < 500 && status !== 429) return new LoginError('provider_error', { cause })
  const seconds = Number(retryAfter)
  return new LoginError('provider_unavailable', { cause, retryAfter: seconds > 0 ? seconds : undefined })
}
