import type { FastifyRequest } from 'fastify'

/** The number of guesses that may fail. */
export interface ThrottleLimits {
  /** Failures of one account, from one address, by one client, in a window. */
  readonly failures: number
  /** Failures from one address in a window, for all accounts together. Default: no limit. */
  readonly failuresPerAddress?: number
  /**
   * The number of failures of one account in a window, from all addresses, at which the account is under attack. This refuses
   * no attempt by itself. But then each address may have `failuresUnderAttack` failures, and each site `failures`. A site is an
   * IPv4 address, or the /48 of an IPv6 address. With `trustProxy: true` it is the address that the proxies of the server saw.
   * Default: no limit.
   */
  readonly failuresPerAccount?: number
  /** Replaces `failures` for an address while the account is under attack, if it is lower. Default: 3. */
  readonly failuresUnderAttack?: number
  /** The length of a window, in seconds. It begins with the first failure. Later failures do not extend it. */
  readonly window: number
}

/** One guess. */
export interface Guess {
  /** The account whose secret is guessed, with all spellings folded into one. It is hashed before it is stored. */
  readonly account: string
  /** The client that makes the guess. */
  readonly clientId: string
  /** The request of the client, for its address and its log. */
  readonly request: FastifyRequest
}

/** Limits guesses. Made by `app.tokenEndpoint.throttle()`. */
export interface Throttle {
  /**
   * Verifies a guess, if the limits allow another one. Before `verify` is called, the attempt is counted as a failure, in the
   * store that all processes share. So the number of guesses that are verified never exceeds the limits, however many come at
   * once.
   *
   * - `null`, `undefined` or a TokenError below 500 is a failure and stays counted.
   * - Any value is a success: the attempt is given back, and the earlier failures of this account, address and client are
   *   cleared.
   * - Any other error, such as that of a database that is down, is neither: the attempt is given back.
   *
   * If a process dies during an attempt, the attempt stays counted until the window ends. Addresses are those of guard's
   * `clientNetwork()`.
   *
   * @example
   * ```ts
   * const user = await throttle.attempt({ account: 'alice', clientId, request }, () => verifyPin('alice', pin))
   * ```
   * @throws TokenError with status 429 and `Retry-After` when a limit is reached; `verify` is not called then. The errors of
   * `verify`
   */
  attempt<Verified extends object>(
    guess: Guess,
    verify: () => Promise<Verified | null | undefined>
  ): Promise<Verified | null>
}

/**
 * Makes a throttle. Two throttles with the same purpose share their counts.
 *
 * @throws InvalidOptionError when a limit is missing, unknown or ill-typed
 */
export type CreateThrottle = (purpose: string, limits: ThrottleLimits) => Throttle
