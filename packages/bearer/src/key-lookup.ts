import { UnavailableError } from '@latchkey/guard'
import { fittingKeys, importKeys, isJwkSet, type JwkSet, type VerificationKey } from '@latchkey/issuer'
import type { CryptoKey } from 'jose'
import type { JoseHeader } from './jose-header.ts'
import { notValid } from './refusal.ts'

/**
 * Finds the one key that a token's header asks for.
 *
 * @throws InvalidTokenError when there is none, or more than one; UnavailableError when that cannot be found out now
 */
export type KeyLookup = (header: JoseHeader) => CryptoKey | Promise<CryptoKey>

/** Looks among keys that never change. */
export function lookupIn(keys: readonly VerificationKey[]): KeyLookup {
  return (header) => choose(keys, header)
}

/**
 * Asks for the key set at each lookup, and imports its keys once for as long as the answer is the same object.
 * Does not time out: the function has to.
 */
export function lookupFrom(supply: () => unknown, algorithms: readonly string[] | null): KeyLookup {
  const imported = new WeakMap<JwkSet, Promise<readonly VerificationKey[]>>()
  return async (header) => {
    const jwks = await supplied(supply)
    if (!isJwkSet(jwks)) throw notValid('jwks gave no JSON Web Key Set')
    const keys = imported.get(jwks) ?? importKeys(jwks.keys, algorithms)
    imported.set(jwks, keys)
    return choose(await keys, header)
  }
}

async function supplied(supply: () => unknown): Promise<unknown> {
  try {
    return await supply()
  } catch (cause) {
    throw new UnavailableError('Access tokens cannot be verified at the moment', { cause })
  }
}

function choose(keys: readonly VerificationKey[], header: JoseHeader): CryptoKey {
  const [found, another] = fittingKeys(keys, header)
  if (found === undefined) throw notValid('no key fits the header')
  if (another !== undefined) throw notValid('more than one key fits the header')
  return found.key
}
