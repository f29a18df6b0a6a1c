import type { webcrypto } from 'node:crypto'
import { type CryptoKey, importJWK } from 'jose'
import { type KeyForm, signatureAlgorithms } from './algorithm.ts'

const MIN_RSA_BITS = 2048

/** A public key, imported for one algorithm. */
export interface VerificationKey {
  readonly kid: string | undefined
  readonly alg: string
  readonly key: CryptoKey
}

type Jwk = Readonly<Record<string, unknown>>

/**
 * Imports the keys of a JSON Web Key Set, each for every algorithm that it may verify. Keys of an unknown kind or for
 * another use, private, symmetric, weak and broken ones are left out, so that one of them does not spoil the others.
 *
 * @param algorithms - the algorithms to import for; `null` takes each key for the algorithm that its own `alg` names
 * @see [RFC 7517 §4](https://www.rfc-editor.org/rfc/rfc7517#section-4)
 */
export async function importKeys(
  keys: readonly unknown[],
  algorithms: readonly string[] | null
): Promise<readonly VerificationKey[]> {
  const imports = keys
    .filter(isForVerifying)
    .flatMap((jwk) => algorithmsOf(jwk, algorithms).map((alg) => importKey(jwk, alg)))
  return (await Promise.all(imports)).filter((key) => key !== null)
}

function isForVerifying(jwk: unknown): jwk is Jwk {
  if (typeof jwk !== 'object' || jwk === null) return false
  const { use, key_ops: operations, d: privateKey } = jwk as Jwk // an object of JSON
  if (use !== undefined && use !== 'sig') return false
  if (operations !== undefined && !(Array.isArray(operations) && operations.includes('verify'))) return false
  return privateKey === undefined
}

function algorithmsOf(jwk: Jwk, allowed: readonly string[] | null): string[] {
  const { alg: own, kty, crv } = jwk
  const candidates = own === undefined ? (allowed ?? []) : [own]
  return candidates.filter((alg): alg is string => {
    if (typeof alg !== 'string' || (allowed !== null && !allowed.includes(alg))) return false
    const form = signatureAlgorithms.get(alg)
    return form !== undefined && form.kty === kty && form.crv === crv
  })
}

async function importKey({ kid, kty, crv, n, e, x, y }: Jwk, alg: string): Promise<VerificationKey | null> {
  try {
    // The form was checked; material that is missing or not a string makes the import fail.
    const material = { kty, crv, n, e, x, y } as { kty: KeyForm['kty'] }
    const key = await importJWK(material, alg)
    if (kty === 'RSA' && !isStrongRsa(key)) return null
    return { kid: typeof kid === 'string' ? kid : undefined, alg, key }
  } catch {
    return null
  }
}

/** At least 2048 bits and an odd public exponent from 3: with an exponent of 1 anybody can sign. */
function isStrongRsa(key: CryptoKey): boolean {
  const { modulusLength, publicExponent } = key.algorithm as webcrypto.RsaHashedKeyAlgorithm // it was imported as RSA
  const exponent = BigInt(`0x${Buffer.from(publicExponent).toString('hex')}`)
  return modulusLength >= MIN_RSA_BITS && exponent >= 3n && exponent % 2n === 1n
}
