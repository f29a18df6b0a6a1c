import { checkOptions, clock, integer, isWhole, listOf, must, optional, pluginOptions } from '@latchkey/options'
import { type DpopOptions, dpopOptions, type ResolvedDpop } from './dpop/options.ts'
import type { TrustedIssuer } from './trusted-issuer.ts'
import { checkIssuers, trustedIssuer } from './trusted-issuer-check.ts'

/**
 * Options of the bearer plugin.
 *
 * @example
 * ```ts
 * await app.register(bearer, {
 *   issuers: [{ issuer: 'https://login.example.com', audience: 'https://api.example.com', algorithms: ['ES256'] }],
 *   clockTolerance: 10
 * })
 * ```
 */
export interface BearerOptions {
  /** The issuers whose access tokens are accepted: at least one, each with a different name. All other tokens are refused. */
  readonly issuers: readonly TrustedIssuer[]
  /**
   * The accepted difference between the clocks of an issuer and this server, in seconds from 0 to 60. Default: 30. It applies
   * to every time in a token. The limit is 60 because a greater tolerance keeps expired tokens alive; a clock that is that
   * wrong must be corrected.
   */
  readonly clockTolerance?: number
  /**
   * The maximum age of a token in seconds, counted from its `iat`. Every token must then have an `iat`. Default: none, a token
   * is accepted until its `exp`, however late that is.
   */
  readonly maxTokenAge?: number
  /**
   * How many verified tokens are remembered, from 1 to 1,000,000; `false` for none. A remembered token is not verified again on
   * each request. Its times, its revocation and its key are still checked on each request. A token of 1 KB takes about 4 KB.
   * Default: 10,000.
   */
  readonly remember?: number | false
  /**
   * How proofs of possession are checked. Required if the `dpop` of an issuer is `'required'` or `'allowed'`. Refused
   * otherwise.
   */
  readonly dpop?: DpopOptions
  /** Returns the current time in milliseconds since the epoch, for tests. Default: `Date.now`. */
  readonly now?: () => number
}

/** The options with their defaults. */
export interface ResolvedOptions {
  readonly issuers: readonly TrustedIssuer[]
  readonly clockTolerance: number
  readonly maxTokenAge: number | undefined
  readonly remember: number | false
  readonly dpop: ResolvedDpop | undefined
  readonly now: () => number
}

const NAME = '@latchkey/bearer'
const YEAR = 31_536_000
const MOST_TOKENS = 1_000_000

const schema = pluginOptions({
  issuers: listOf('be a list of at least one trusted issuer', trustedIssuer, 1),
  clockTolerance: optional(integer(0, 60, 'seconds'), 30),
  maxTokenAge: optional(integer(1, YEAR, 'seconds')),
  remember: optional(
    must<number | false>(
      `be a whole number of tokens from 1 to ${MOST_TOKENS}, or false`,
      (value) => value === false || isWhole(value, 1, MOST_TOKENS)
    ),
    10_000
  ),
  dpop: optional(dpopOptions),
  now: clock
})

/**
 * Checks the options and adds the defaults.
 *
 * @throws RegistrationError naming the option and the fix
 */
export function resolveOptions(given: BearerOptions): ResolvedOptions {
  const options = checkOptions(NAME, schema, given)
  checkIssuers(NAME, options.issuers)
  return options
}
