import type { OptionCheck } from '@latchkey/guard'
import type { JWK } from 'jose'
import { givenKeys } from './given-keys.ts'
import type { KeyDependencies, SigningKeySource, SigningKeys } from './signing-keys.ts'
import { isPrivateKey, keyFault } from './jwk.ts'

/** The values of the option `keys`. */
export type Keys = readonly [JWK, ...JWK[]] | SigningKeySource

/** Checks the option `keys`: a list of JWKs, or a key source. Whether the keys work is checked when they are opened. */
export const mustBeKeys: OptionCheck = (value) => {
  if (isKeySource(value)) return undefined
  if (!Array.isArray(value) || value.length === 0) {
    return 'must be a list of private JWKs (make one with generateSigningKey(), or "npx latchkey-keys"), or storedKeys()'
  }
  const fault = value.map(keyFault).find((found) => found !== undefined)
  if (fault !== undefined) return fault
  const [first] = value as object[] // keyFault refuses every other value
  return first !== undefined && isPrivateKey(first)
    ? undefined
    : 'begins with a public key: the first one signs, and must be private'
}

/**
 * Opens the keys of the option `keys`.
 *
 * @throws InvalidOptionError for keys that do not work
 */
export async function openKeys(plugin: string, keys: Keys, dependencies: KeyDependencies): Promise<SigningKeys> {
  return 'open' in keys ? keys.open(dependencies) : givenKeys(plugin, keys)
}

function isKeySource(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'open' in value && typeof value.open === 'function'
}
