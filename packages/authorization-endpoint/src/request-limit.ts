import type { TokenEndpoint } from '@latchkey/token-endpoint'
import type { FastifyRequest } from 'fastify'

/** Counts a request of an address. @throws TokenError with status 429 when there are too many */
export type CountRequest = (request: FastifyRequest) => Promise<void>

/**
 * Limits the requests that one address may send in a minute, for requests that a stranger makes the server store. A throttle of
 * guesses counts them: each is a guess that fails.
 *
 * @param purpose - the name of the limit in events and in the log
 */
export function requestLimit(
  tokenEndpoint: Pick<TokenEndpoint, 'throttle'>,
  purpose: string,
  perMinute: number
): CountRequest {
  const throttle = tokenEndpoint.throttle(purpose, { failures: perMinute, window: 60 })
  return async (request) => {
    await throttle.attempt({ account: 'all', request }, async () => null)
  }
}
