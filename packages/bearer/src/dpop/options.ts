import { InvalidOptionError, type OptionCheck } from '@latchkey/guard'
import { isOrigin, signatureAlgorithms } from '@latchkey/issuer'
import { type DpopReplayStore, secretsFault } from '@latchkey/store'
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

const checks: { readonly [Name in keyof Required<DpopOptions>]: (value: unknown) => string | undefined } = {
  origin: (value) =>
    isOrigin(value)
      ? undefined
      : 'must be the public origin of this server: https, or http on loopback, without a path',
  replay: (value) =>
    isReplayStore(value) ? undefined : 'must be a store of used proofs, such as the dpopReplay of @latchkey/store',
  maxAge: (value) =>
    value === undefined || isMaxAge(value) ? undefined : `must be a whole number of seconds from 1 to ${MOST_SECONDS}`,
  algorithms: (value) =>
    value === undefined || isAlgorithms(value)
      ? undefined
      : `must be a list out of ${[...signatureAlgorithms.keys()].join(', ')}`,
  nonceSecrets: (value) => (value === undefined ? undefined : secretsFault(value))
}

/** The check of the `dpop` option, where it is there. */
export const mustBeDpop: OptionCheck = (value) => {
  if (typeof value !== 'object' || value === null) return 'must be an object with origin and replay'
  const names = Object.keys(checks)
  const unknown = Object.keys(value).find((name) => !names.includes(name))
  if (unknown !== undefined) return `.${unknown} does not exist: the members are ${names.join(', ')}`
  for (const [name, check] of Object.entries(checks)) {
    const fault = check(Reflect.get(value, name))
    if (fault !== undefined) return `.${name} ${fault}`
  }
  return undefined
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

function isMaxAge(value: unknown): boolean {
  return Number.isInteger(value) && Number(value) >= 1 && Number(value) <= MOST_SECONDS
}

function isAlgorithms(value: unknown): boolean {
  return Array.isArray(value) && value.length > 0 && value.every((alg) => signatureAlgorithms.has(alg as string))
}
