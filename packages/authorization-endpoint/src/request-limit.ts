import type { TokenEndpoint } from '@latchkey/token-endpoint'
import type { FastifyRequest } from 'fastify'

/**
 * Counts a request of an address: of one user there, or of all who have none.
 *
 * @param subject - the user; `null` for none
 * @throws TokenError with status 429 when there are too many
 */
export type CountRequest = (request: FastifyRequest, subject?: string | null) => Promise<void>

/**
 * Limits the requests that one address may send in a minute. A throttle of guesses counts them: each is a guess that fails.
 *
 * @param purpose - the name of the limit in events and in the log
 */
export function requestLimit(
  tokenEndpoint: Pick<TokenEndpoint, 'throttle'>,
  purpose: string,
  perMinute: number
): CountRequest {
  const throttle = tokenEndpoint.throttle(purpose, { failures: perMinute, window: 60 })
  return async (request, subject = null) => {
    const account = subject === null ? 'all' : `user:${subject}`
    await throttle.attempt({ account, request }, async () => null)
  }
}
