import type { FastifyRequest } from 'fastify'

/** The number of guesses that may fail. */
export interface ThrottleLimits {
  /** Failures of one account, from one address, by one client, in a window. */
  readonly failures: number
  /** Failures from one address in a window, for all accounts together. Default: no limit. */
  readonly failuresPerAddress?: number | undefined
  /**
   * The number of failures of one account in a window, from all addresses, at which the account is under attack. This refuses
   * no attempt by itself. But then each address may have `failuresUnderAttack` failures, and each site `failures`. A site is an
   * IPv4 address, or the /48 of an IPv6 address. With `trustProxy: true` it is the address that the proxies of the server saw.
   * Default: no limit.
   */
  readonly failuresPerAccount?: number | undefined
  /** Replaces `failures` for an address while the account is under attack, if it is lower. Default: 3. */
  readonly failuresUnderAttack?: number | undefined
  /** The length of a window, in seconds. It begins with the first failure. Later failures do not extend it. */
  readonly window: number
}

/** One guess. */
export interface Guess {
  /** The account whose secret is guessed, with all spellings folded into one. It is hashed before it is stored. */
  readonly account: string
  /** The client that makes the guess, if the protocol has clients. The failures of two clients are counted separately. */
  readonly clientId?: string
  /** The request of the client, for its address and its log. */
  readonly request: FastifyRequest
}

/** Limits guesses. */
export interface Throttle {
  /**
   * Verifies a guess, if the limits allow another one.
   *
   * - `null`, `undefined` or an error for which `isFailure` returns `true` is a failure, and is counted.
   * - Any value is a success: it clears the earlier failures of this account, address and client.
   * - Any other error, such as that of a database that is down, is neither, and is not counted.
   *
   * If a process dies during an attempt, the attempt stays counted until the window ends. Addresses are those of guard's
   * `clientNetwork()`.
   *
   * @example
   * ```ts
   * const user = await throttle.attempt({ account: 'alice', request }, () => verifyPin('alice', pin))
   * ```
   * @throws the error of `tooMany` when a limit is reached; `verify` is not called then, except for a random secret whose
   * failures were counted by other processes. The errors of `verify`
   */
  attempt<Verified extends object>(
    guess: Guess,
    verify: () => Promise<Verified | null | undefined>
  ): Promise<Verified | null>
}
