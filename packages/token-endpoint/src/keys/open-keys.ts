import type { OptionCheck } from '@latchkey/guard'
import type { JWK } from 'jose'
import { givenKeys } from './given-keys.ts'
import type { KeyCircumstances, KeySource, SigningKeys } from './key-source.ts'
import { isPrivateKey, keyFault } from './jwk.ts'

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
