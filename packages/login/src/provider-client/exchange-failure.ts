import type { IncomingMessage } from 'node:http'
import { LoginError } from '../errors.ts'
import { printable } from './printable.ts'
import type { Claims, Provider } from '../providers/provider.ts'
import { jsonObject, mended } from './token-answer.ts'

// What the engine throws, as far as it is told here.
interface EngineFailure {
  readonly output?: { readonly statusCode?: number }
  /** Of an error of the network, such as `ECONNREFUSED`. */
  readonly code?: string
  readonly data?: { readonly payload?: Uint8Array; readonly res?: IncomingMessage } | null
}

// No good any more, in the words of RFC 6749 §5.2, and of GitHub: of a code, and of a refresh token.
const SPENT: ReadonlySet<unknown> = new Set(['invalid_grant', 'bad_verification_code', 'bad_refresh_token'])

/**
 * Turns what the engine threw into an answer: a code or a refresh token that is no good is `invalid_state`, and anything
 * else is the provider's. What it threw holds the request: nothing of that is kept.
 *
 * @throws LoginError
 */
export function exchangeFailure(thrown: unknown, provider: Pick<Provider, 'tokenResponse'>): never {
  if (thrown instanceof LoginError) throw thrown
  const { output, code, data } = thrown as EngineFailure // anything that was thrown is asked for its members
  const response = data?.res
  // When the body was too long, or too slow, its connection is still open.
  response?.destroy()
  if (response?.statusCode !== undefined && response.statusCode >= 400) {
    throw refusal(response.statusCode, errorIn(data?.payload, provider), response.headers['retry-after'])
  }
  if (output?.statusCode === 504 || output?.statusCode === 408) throw new LoginError('provider_timeout')
  if (code !== undefined) throw new LoginError('provider_unavailable', { cause: `the token endpoint: ${code}` })
  throw new LoginError('provider_error', { cause: 'the token endpoint gave no usable answer' })
}

function errorIn(body: Uint8Array | undefined, provider: Pick<Provider, 'tokenResponse'>): unknown {
  const answer: Claims = (body && jsonObject(body)) ?? {}
  try {
    return mended(answer, provider)['error']
  } catch {
    // It may know answers with tokens only: a refusal is one all the same.
    return answer['error']
  }
}

/** Why the provider refused a token request, by its status and its error code. */
export function refusal(status: number, error: unknown, retryAfter?: string): LoginError {
  const cause = `the token endpoint answered ${status} ${printable(error)}`
  if (SPENT.has(error)) return new LoginError('invalid_state', { cause })
  if (status < 500 && status !== 429) return new LoginError('provider_error', { cause })
  const seconds = Number(retryAfter)
  return new LoginError('provider_unavailable', { cause, retryAfter: seconds > 0 ? Math.ceil(seconds) : undefined })
}
