import { InvalidOptionError, isOrigin, must, mustBeInteger, type OptionCheck, optional } from '@latchkey/guard'
import { type DpopReplayStore, secretsFault } from '@latchkey/store'
import { mustBeAlgorithms } from '../algorithms-option.ts'
import { faultyMember, type MemberChecks, unknownMember } from '../members.ts'
import type { DpopMode } from './binding.ts'

/** What the proofs of DPoP-bound tokens are held against. */
export interface DpopOptions {
  /**
   * The origin of this server as its clients know it, e.g. `https://api.example.com`: https, or http on loopback. The URI in
   * a proof must be that of the request on this origin. What requests say about their host has no part in it.
   */
  readonly origin: string
  /** Where used proofs are remembered: `store.dpopReplay`. All processes that serve the origin must share it. */
  readonly replay: DpopReplayStore
  /**
   * For how many seconds after its `iat` a proof is accepted, beside the clock tolerance: from 1 to 300, default 60. Clients
   * make a proof for each request: more serves slow clocks only.
   */
  readonly maxAge?: number
  /**
   * How many proofs of one key are accepted while the replay store keeps them, `maxAge` and up to three times the clock
   * tolerance: from 1 to 1,000,000. Further ones are 429, for this key alone. Where the store is bounded, as `memoryStore()`
   * is, a key may also have no more than a ninth of what remains free. Each process counts for itself. Default: 30,000.
   */
  readonly maxPerKey?: number
  /** The algorithms that proofs may be signed with, by their JWS names. Default: all that tokens may have. */
  readonly algorithms?: readonly string[]
  /**
   * Secrets of 32 random bytes or more that nonces are sealed with, as `openssl rand -base64 32` prints them: the first
   * seals and any one opens, so that a new one can be put before the old. With them each proof must carry a nonce that
   * this server made in the last 5 minutes, so that none can be made long before it is used. Processes that serve the
   * origin share them. Default: no nonces.
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
  nonceSecrets: optional(secretsFault)
}

/** The check of the `dpop` option, where it is there. */
export const mustBeDpop: OptionCheck = (value) => {
  if (typeof value !== 'object' || value === null) return 'must be an object with origin and replay'
  return unknownMember(value, checks, '') ?? faultyMember(value, checks, '')
}

/**
 * Whether there are proofs to judge.
 *
 * @throws InvalidOptionError when there are and nothing says what to hold them against, and the other way round
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
