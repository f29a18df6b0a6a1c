import { UpstreamError } from '@latchkey/issuer'
import { LoginError, type LoginErrorCode } from '../errors.ts'

/**
 * Converts an error of a fetch from a provider to a `LoginError`: 503 if it is down, 504 if it is slow, 502 if its answer is
 * unusable.
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
