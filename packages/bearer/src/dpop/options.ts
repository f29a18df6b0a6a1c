import { algorithmNames, signatureAlgorithms } from '@latchkey/issuer'
import * as o from '@latchkey/options'
import { secrets } from '@latchkey/secrets'
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

/** The options with their defaults. */
export interface ResolvedDpop extends Required<Omit<DpopOptions, 'nonceSecrets'>> {
  readonly nonceSecrets: readonly string[] | undefined
}

/** The schema of {@link DpopOptions}. */
export const dpopOptions: o.Schema<ResolvedDpop> = o.members({
  origin: o.must('be the public origin of this server: https, or http on loopback, without a path', o.isOrigin),
  replay: o.must<ProofStore>('be a store of used proofs, such as the dpopReplay of @latchkey/store', (value) =>
    o.hasMethods(value, ['remember'])
  ),
  maxAge: o.optional(o.integer(1, 300, 'seconds'), 60),
  maxPerKey: o.optional(o.integer(1, 1_000_000, 'proofs'), 30_000),
  algorithms: o.optional(algorithmNames, [...signatureAlgorithms.keys()]),
  nonceSecrets: o.optional(secrets)
})

/**
 * Whether proofs are checked.
 *
 * @throws RegistrationError when an issuer needs proofs and there are no options, or when there are options and no issuer
 * needs them
 */
export function isDpopUsed(modes: readonly DpopMode[], dpop: ResolvedDpop | undefined): dpop is ResolvedDpop {
  const isUsed = modes.some((mode) => mode !== 'refused')
  if (isUsed && dpop === undefined) throw optionError('is required for issuers with dpop. Fix: give { origin, replay }')
  if (!isUsed && dpop !== undefined) {
    throw optionError("is of no use. Fix: give the issuer whose tokens are bound to keys dpop 'required' or 'allowed'")
  }
  return isUsed
}

function optionError(fault: string): o.RegistrationError {
  return new o.RegistrationError('@latchkey/bearer', `dpop ${fault}`)
}
