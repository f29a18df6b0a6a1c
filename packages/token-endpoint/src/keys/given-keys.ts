import { RegistrationError } from '@latchkey/options'
import { fingerprint } from '@latchkey/secrets'
import type { JWK } from 'jose'
import { importPrivateKey, importPublicKey, type SigningKey } from './imported-key.ts'
import { isPrivateKey, wasMadeHere } from './jwk.ts'
import type { SigningKeys } from './signing-keys.ts'

/**
 * Keys that do not change while the server runs. The first signs, and all are published. The others may be public.
 *
 * @throws RegistrationError for a key that does not work, or that has the same `kid` as another
 */
export async function givenKeys(plugin: string, [first, ...others]: readonly [JWK, ...JWK[]]): Promise<SigningKeys> {
  const signer = await imported(plugin, importPrivateKey(first))
  const verifiers = others.map((jwk) =>
    imported<Pick<SigningKey, 'alg' | 'kid' | 'published'>>(
      plugin,
      isPrivateKey(jwk) ? importPrivateKey(jwk) : importPublicKey(jwk)
    )
  )
  const keys = [signer, ...(await Promise.all(verifiers))]
  if (new Set(keys.map(({ kid }) => kid)).size < keys.length) {
    throw new RegistrationError(plugin, 'keys must each have a "kid" of their own')
  }
  const jwks = Object.freeze({ keys: Object.freeze(keys.map((key) => key.published)) as JWK[] })
  return Object.freeze({
    algorithms: Object.freeze([...new Set(keys.map(({ alg }) => alg))]),
    signer: () => signer,
    jwks: () => jwks,
    async rotate() {
      throw new TypeError('The signing keys are given in a list: put a new one into it, or use storedKeys()')
    },
    async close() {},
    facts: () => ({
      madeAtStart: wasMadeHere(first),
      secrets: [first, ...others].flatMap(({ d }) => (d === undefined ? [] : fingerprint(d)))
    })
  })
}

async function imported<Key>(plugin: string, key: Promise<Key>): Promise<Key> {
  try {
    return await key
  } catch {
    throw new RegistrationError(
      plugin,
      'keys has a key that does not work: its members do not belong together, it may not be used for this, or it is an RSA key of less than 2048 bits. Fix: make one with generateSigningKey()'
    )
  }
}
