import type { FastifyRequest } from 'fastify'

/** How many guesses may fail. */
export interface ThrottleLimits {
  /** Failures of one account, from one address, by one client, in a window. */
  readonly failures: number
  /** Failures from one address in a window, whatever the account. Default: no limit. */
  readonly failuresPerAddress?: number
  /**
   * Failures of one account in a window, from wherever, beyond which it counts as under attack. Nobody is refused for
   * that alone: each address has `failuresUnderAttack` then. Default: no limit.
   */
  readonly failuresPerAccount?: number
  /** What `failures` is while an account is under attack, if that is less. Default: 3. */
  readonly failuresUnderAttack?: number
  /** The length of a window, in seconds. It begins with its first failure and is not prolonged by others. */
  readonly window: number
}

/** A guess: who is trying what. */
export interface Guess {
  /** What is guessed at, with all its spellings folded into one. It is hashed before it is stored. */
  readonly account: string
  /** The client that tries. */
  readonly clientId: string
  /** Its request, for its address and its log. */
  readonly request: FastifyRequest
}

/** Holds guesses back. Made by `app.tokenEndpoint.throttle()`. */
export interface Throttle {
  /**
   * What `verify` answers, if there may be another attempt. Nothing, or a TokenError below 500, counts as a failure.
   * Something wipes out the earlier failures of this account, address and client. Any other error, as of a database that
   * is down, counts as neither. An attempt under way counts as a failure until it is known to be none.
   *
   * Addresses are `request.ip`, and an IPv6 one counts as its /64. Behind a proxy Fastify's `trustProxy` must be set, or
   * everybody has the address of the proxy.
   *
   * @throws TokenError with status 429 and `Retry-After`, without calling `verify`, when there may be none; what
   * `verify` throws
   */
  attempt<Verified extends object>(
    guess: Guess,
    verify: () => Promise<Verified | null | undefined>
  ): Promise<Verified | null>
}

/**
 * Makes a throttle. Two with one purpose share their counts.
 *
 * @throws InvalidOptionError when a limit is missing, unknown or ill-typed
 */
export type CreateThrottle = (purpose: string, limits: ThrottleLimits) => Throttle
