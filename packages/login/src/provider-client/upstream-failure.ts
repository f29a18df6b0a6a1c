import { UpstreamError } from '@latchkey/issuer'
import { LoginError, type LoginErrorCode } from '../errors.ts'

/**
 * Turns what a fetch from a provider threw into an answer: down is 503, slow is 504, and nonsense is 502.
 *
 * @throws LoginError
 */
export function upstreamFailure(thrown: unknown): never {
  if (!(thrown instanceof UpstreamError)) throw thrown
  throw new LoginError(codeOf(thrown), { cause: thrown, retryAfter: thrown.retryAfter })
}

function codeOf({ code, status = 0 }: UpstreamError): LoginErrorCode {
  if (code === 'LATCHKEY_UPSTREAM_TIMEOUT') return 'provider_timeout'
  const isDown = code === 'LATCHKEY_UPSTREAM_UNREACHABLE' || status >= 500 || status === 429
  return isDown ? 'provider_unavailable' : 'provider_error'
}
