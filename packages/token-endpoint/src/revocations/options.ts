import { flag, group, integer, optional, RegistrationError, type Schema } from '@latchkey/options'

/** How this process reads the revocations of other processes. */
export interface RevocationOptions {
  /**
   * The pause between two readings of the revocations of other processes, in milliseconds: 10 to 60 000. Default: 500. A
   * revocation is in force in every process after this time plus two answers of the store, at the latest.
   */
  readonly interval?: number
  /**
   * The number of milliseconds without a reading after which access tokens are answered with 503: longer than `interval`, at
   * most 600 000. Default: 10 000.
   */
  readonly staleAfter?: number
  /**
   * Continues to accept access tokens on the basis of the last reading, however long the store does not answer. Before the
   * first reading the answer is still 503. Default: `false`.
   *
   * @deprecated A token that is revoked during an outage works until the store answers again.
   */
  readonly insecureAcceptStale?: boolean
}

/** The options with their defaults. */
export interface ResolvedRevocationOptions {
  readonly interval: number
  readonly staleAfter: number
  readonly acceptStale: boolean
}

/** The schema of the option `revocations`. */
export const revocationOptions: Schema<Required<RevocationOptions>> = group({
  interval: optional(integer(10, 60_000, 'milliseconds'), 500),
  staleAfter: optional(integer(11, 600_000, 'milliseconds'), 10_000),
  insecureAcceptStale: optional(flag, false)
})

/**
 * Checks that the two times fit each other, and gives the option `insecureAcceptStale` its short name.
 *
 * @throws RegistrationError
 */
export function resolveRevocations(caller: string, options: Required<RevocationOptions>): ResolvedRevocationOptions {
  // eslint-disable-next-line @typescript-eslint/no-deprecated -- the tag is for applications that set it
  const { interval, staleAfter, insecureAcceptStale: acceptStale } = options
  if (staleAfter > interval) return { interval, staleAfter, acceptStale }
  throw new RegistrationError(caller, 'revocations.staleAfter must be more than revocations.interval')
}
