import type { OptionCheck } from '@latchkey/guard'
import type { FastifyBaseLogger } from 'fastify'
import type { JSONWebKeySet, JWK } from 'jose'
import { givenKeys } from './given-keys.ts'
import type { SigningKey } from './imported-key.ts'
import { isPrivateKey, keyFault, type SigningAlgorithm } from './signing-key.ts'

/** The keys of a token endpoint, as it asks for them. Answers from memory, but for `rotate`. */
export interface SigningKeys {
  /** The algorithms that its keys have, or can have. Never empty. */
  readonly algorithms: readonly SigningAlgorithm[]
  /**
   * The key that signs now.
   *
   * @throws UnavailableError when there is none
   */
  signer(): SigningKey
  /**
   * The public keys. Frozen, and the same object as long as they do not change.
   *
   * @throws UnavailableError when there are none
   */
  jwks(): JSONWebKeySet
  /** Makes the next key. */
  rotate(): Promise<void>
  close(): Promise<void>
}

/** Where a token endpoint gets its keys from, when they are not given in a list: `storedKeys()`. */
export interface KeySource {
  /** Called once, when the token endpoint is registered. */
  open(circumstances: KeyCircumstances): Promise<SigningKeys>
}

/** What a key source is told by the token endpoint. */
export interface KeyCircumstances {
  /** The current time in milliseconds since the epoch. */
  readonly now: () => number
  readonly log: FastifyBaseLogger
}

/** What the option `keys` can be. */
export type Keys = readonly [JWK, ...JWK[]] | KeySource

/** A check for the option that is a list of JWKs or a source of keys. Whether they work is seen when they are opened. */
export const mustBeKeys: OptionCheck = (value) => {
  if (isKeySource(value)) return undefined
  if (!Array.isArray(value) || value.length === 0) {
    return 'must be a list of private JWKs (make one with generateSigningKey(), or "npx latchkey-keys"), or storedKeys()'
  }
  const fault = value.map(keyFault).find((found) => found !== undefined)
  if (fault !== undefined) return fault
  const [first] = value as object[] // keyFault lets nothing else through
  return first !== undefined && isPrivateKey(first)
    ? undefined
    : 'begins with a public key: the first one signs, and must be private'
}

/**
 * The keys behind the option `keys`.
 *
 * @throws InvalidOptionError for keys that do not work
 */
export async function openKeys(plugin: string, keys: Keys, circumstances: KeyCircumstances): Promise<SigningKeys> {
  return 'open' in keys ? keys.open(circumstances) : givenKeys(plugin, keys)
}

function isKeySource(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'open' in value && typeof value.open === 'function'
}
