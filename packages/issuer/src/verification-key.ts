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

/** What a token says about its key. */
export interface KeyHint {
  readonly alg: string
  readonly kid?: string | undefined
}

type Jwk = Readonly<Record<string, unknown>>
type Imports = Map<string, Promise<CryptoKey | null>>

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
  return await keyImporter(algorithms)(keys)
}

/** Does what {@link importKeys} does for one set after another, without importing again what was in the set before. */
export function keyImporter(
  algorithms: readonly string[] | null
): (keys: readonly unknown[]) => Promise<readonly VerificationKey[]> {
  let earlier: Imports = new Map()
  return async (keys) => {
    const current: Imports = new Map()
    const imports = keys
      .filter(isForVerifying)
      .flatMap((jwk) => algorithmsOf(jwk, algorithms).map((alg) => verificationKey(jwk, alg, earlier, current)))
    earlier = current
    return (await Promise.all(imports)).filter((key) => key !== null)
  }
}

/** The keys that fit what a token says: it is to be verified with the only one, and not at all where there are several. */
export function fittingKeys(keys: readonly VerificationKey[], { alg, kid }: KeyHint): readonly VerificationKey[] {
  return keys.filter((key) => key.alg === alg && (kid === undefined || key.kid === kid))
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

async function verificationKey(
  { kid, kty, crv, n, e, x, y }: Jwk,
  alg: string,
  earlier: Imports,
  current: Imports
): Promise<VerificationKey | null> {
  const material = { kty, crv, n, e, x, y }
  // What is no text makes no key; and as text, a value that is nested too deep would be more than the stack can hold.
  if (Object.values(material).some((part) => part !== undefined && typeof part !== 'string')) return null
  const identity = JSON.stringify([alg, material])
  const imported = earlier.get(identity) ?? current.get(identity) ?? importKey(material, alg)
  current.set(identity, imported)
  const key = await imported
  return key === null ? null : { kid: typeof kid === 'string' ? kid : undefined, alg, key }
}

async function importKey(material: Jwk, alg: string): Promise<CryptoKey | null> {
  try {
    const key = await importJWK(material as { kty: KeyForm['kty'] }, alg) // the form was checked; missing parts make it fail
    return material['kty'] === 'RSA' && !isStrongRsa(key) ? null : key
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
