import { aFunction, either, hasMethods, listOf, type Schema, shape } from '@latchkey/options'
import type { JWK } from 'jose'
import { givenKeys } from './given-keys.ts'
import type { KeyDependencies, SigningKeySource, SigningKeys } from './signing-keys.ts'
import { signingKey } from './jwk.ts'

/** The values of the option `keys`. */
export type Keys = readonly [JWK, ...JWK[]] | SigningKeySource

/** The schema of the option `keys`: a list of JWKs, or a key source. Whether the keys work is checked when they are opened. */
export const keys: Schema<Keys> = either(
  isKeySource,
  shape<SigningKeySource>({ open: aFunction() }),
  listOf(
    'be a list of private JWKs (make one with generateSigningKey(), or "npx latchkey-keys"), or storedKeys()',
    signingKey,
    1
  )
) as Schema<Keys> // the list is not empty

/**
 * Opens the keys of the option `keys`.
 *
 * @throws RegistrationError for keys that do not work
 */
export async function openKeys(plugin: string, keys: Keys, dependencies: KeyDependencies): Promise<SigningKeys> {
  return isKeySource(keys) ? keys.open(dependencies) : givenKeys(plugin, keys)
}

/** Whether a value is a key source. */
export function isKeySource(value: unknown): value is SigningKeySource {
  return hasMethods(value, ['open'])
}
