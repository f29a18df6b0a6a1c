import type { FastifyRequest } from 'fastify'

/** How many guesses may fail. */
export interface ThrottleLimits {
  /** Failures of one account, from one address, by one client, in a window. */
  readonly failures: number
  /** Failures from one address in a window, whatever the account. Default: no limit. */
  readonly failuresPerAddress?: number
  /**
   * Failures of one account in a window, from all addresses, from which on it is under attack. That alone refuses no
   * attempt: each address then has `failuresUnderAttack`, and each site has `failures`. A site is an IPv4 address or the /48
   * of an IPv6 one; with `trustProxy: true` it is the address that the proxies of the server saw. Default: no limit.
   */
  readonly failuresPerAccount?: number
  /** What `failures` is for an address while the account is under attack, if that is less. Default: 3. */
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
   * Verifies a guess, if there may be another one. The attempt is counted as a failure before `verify` is called, in the
   * store that all processes share. So no more guesses are verified than may fail, however many come at once.
   *
   * - `null`, `undefined` or a TokenError below 500 is a failure: it stays counted.
   * - Any value is a success: the attempt is given back, and the earlier failures of this account, address and client are
   *   forgotten.
   * - Any other error, as of a database that is down, is neither: the attempt is given back.
   *
   * An attempt whose process dies stays counted until the window ends. Addresses are those of guard's `clientNetwork()`.
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
