import { InvalidOptionError, must, mustBeInteger, type OptionCheck, optional } from '@latchkey/guard'
import { isOrigin } from '@latchkey/guard/plugin'
import { mustBeSecrets } from '@latchkey/secrets'
import { mustBeAlgorithms } from '../algorithms-option.ts'
import { faultyMember, type MemberChecks, unknownMember } from '../members.ts'
import type { DpopMode } from './binding.ts'
import type { ProofStore } from './proof-store.ts'

/**
 * How the proofs of DPoP-bound tokens are checked.
 *
 * @example
 * ```ts
 * const dpop: DpopOptions = { origin: 'https://api.example.com', replay: store.dpopReplay, maxAge: 30 }
 * ```
 */
export interface DpopOptions {
  /**
   * The public origin of this server, e.g. `https://api.example.com`: https, or http on loopback. The URI in a proof must be
   * the URI of the request on this origin. The host in the request is ignored.
   */
  readonly origin: string
  /** The store of used proofs: `store.dpopReplay`. All processes that serve the origin must share it. */
  readonly replay: ProofStore
  /**
   * How long a proof is accepted after its `iat`, in seconds from 1 to 300, plus the clock tolerance. Default: 60. A client
   * makes a new proof for each request, so a longer time only helps clients with wrong clocks.
   */
  readonly maxAge?: number
  /**
   * How many proofs of one key are accepted while the replay store keeps them, from 1 to 1,000,000. The store keeps a proof for
   * `maxAge` and up to three times the clock tolerance. Further proofs of this key are answered with 429; other keys are not
   * affected. In a store with a limit, such as `memoryStore()`, a key may also have no more than a ninth of the room that is
   * still free. Each process counts for itself. Default: 30,000.
   */
  readonly maxPerKey?: number
  /** The algorithms that proofs may be signed with, by their JWS names. Default: all algorithms that tokens may have. */
  readonly algorithms?: readonly string[]
  /**
   * Secrets that seal nonces, each 32 random bytes or more, as `openssl rand -base64 32` prints them. The first one seals and
   * any one opens, so a new secret can be put before the old one. With this option each proof must have a nonce that this
   * server made in the last 5 minutes: a proof cannot be made long before its use. All processes that serve the origin share
   * the secrets. Default: no nonces.
   */
  readonly nonceSecrets?: readonly string[]
}

const MOST_SECONDS = 300

const checks: MemberChecks<DpopOptions> = {
  origin: must('be the public origin of this server: https, or http on loopback, without a path', isOrigin),
  replay: must('be a store of used proofs, such as the dpopReplay of @latchkey/store', isReplayStore),
  maxAge: optional(mustBeInteger(1, MOST_SECONDS, 'seconds')),
  maxPerKey: optional(mustBeInteger(1, 1_000_000, 'proofs')),
  algorithms: optional(mustBeAlgorithms),
  nonceSecrets: optional(mustBeSecrets)
}

/** The check of the `dpop` option, if it is set. */
export const mustBeDpop: OptionCheck = (value) => {
  if (typeof value !== 'object' || value === null) return 'must be an object with origin and replay'
  return unknownMember(value, checks, '') ?? faultyMember(value, checks, '')
}

/**
 * Whether proofs are checked.
 *
 * @throws InvalidOptionError when an issuer needs proofs and there are no options, or when there are options and no issuer
 * needs them
 */
export function isDpopUsed(modes: readonly DpopMode[], dpop: DpopOptions | undefined): dpop is DpopOptions {
  const isUsed = modes.some((mode) => mode !== 'refused')
  if (isUsed && dpop === undefined) throw optionError('is required for issuers with dpop: give { origin, replay }')
  if (!isUsed && dpop !== undefined) {
    throw optionError("is of no use: give the issuer whose tokens are bound to keys dpop 'required' or 'allowed'")
  }
  return isUsed
}

function optionError(fix: string): InvalidOptionError {
  return new InvalidOptionError('@latchkey/bearer', 'dpop', fix)
}

function isReplayStore(value: unknown): boolean {
  return typeof value === 'object' && value !== null && typeof Reflect.get(value, 'remember') === 'function'
}
