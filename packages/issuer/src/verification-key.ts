import type { CryptoKey } from 'jose'
import { type KeyForm, signatureAlgorithms, usualAlgorithms } from './algorithm.ts'
import { jose } from './late-modules.ts'
import { rsaNumbers } from './rsa-key.ts'

/** A public key, imported for one algorithm. */
export interface VerificationKey {
  readonly kid: string | undefined
  readonly alg: string
  readonly key: CryptoKey
}

/** The members of a token's header that select its key. */
export interface KeyHint {
  readonly alg: string
  readonly kid?: string | undefined
}

/** The keys of a set that can verify, and the reason why each of the others cannot. */
export interface ImportedKeys {
  readonly keys: readonly VerificationKey[]
  readonly leftOut: readonly LeftOut[]
}

/** A key that cannot verify. */
export interface LeftOut {
  readonly kid: string | undefined
  /** For the log. */
  readonly reason: string
}

type Jwk = Readonly<Record<string, unknown>>
type Imports = Map<string, Promise<CryptoKey | null>>

/**
 * Imports the keys of a JSON Web Key Set, each for every algorithm that it may verify. Keys of an unknown type, keys for
 * another use, and private, symmetric, weak and broken keys are left out, so that one such key does not affect the others. RSA
 * keys of over 8192 bits, or with a public exponent of 2^32 or more, are left out too: they would make verification slow. A
 * member that is `null` counts as absent.
 *
 * @param algorithms - the algorithms to import for. With `null`, each key is imported for the algorithm in its own `alg`, or
 * without `alg` for the algorithm of its curve, and RS256 for RSA
 * @see [RFC 7517 §4](https://www.rfc-editor.org/rfc/rfc7517#section-4)
 */
export async function importKeys(
  keys: readonly unknown[],
  algorithms: readonly string[] | null
): Promise<readonly VerificationKey[]> {
  return (await keyImporter(algorithms)(keys)).keys
}

/** Returns a function like {@link importKeys} for successive sets, which does not import the keys of the previous set again. */
export function keyImporter(algorithms: readonly string[] | null): (keys: readonly unknown[]) => Promise<ImportedKeys> {
  let earlier: Imports = new Map()
  return async (keys) => {
    // First, so that a failed load is not kept as the import of a key.
    await jose.get()
    const current: Imports = new Map()
    const imports = keys.flatMap((entry): Promise<VerificationKey | LeftOut>[] => {
      const jwk = withoutNulls(entry)
      const usable = algorithmsOf(jwk, algorithms)
      const reason = faultOf(jwk) ?? (usable.length === 0 ? 'its algorithm is unknown or not allowed' : null)
      if (reason !== null) return [Promise.resolve({ kid: kidOf(jwk), reason })]
      return usable.map((alg) => verificationKey(jwk, alg, earlier, current))
    })
    earlier = current
    const results = await Promise.all(imports)
    return {
      keys: distinct(results.filter((result): result is VerificationKey => 'key' in result)),
      leftOut: results.filter((result): result is LeftOut => 'reason' in result)
    }
  }
}

/** Removes repeated keys. Equal material is imported once, so equal keys are the same object. */
function distinct(keys: readonly VerificationKey[]): readonly VerificationKey[] {
  return keys.filter(({ kid, alg, key }, place) => {
    const first = keys.findIndex((other) => other.kid === kid && other.alg === alg && other.key === key)
    return first === place
  })
}

/** Returns the keys that fit the header of a token. Verify with the only one; if there are several, do not verify at all. */
export function fittingKeys(keys: readonly VerificationKey[], { alg, kid }: KeyHint): readonly VerificationKey[] {
  return keys.filter((key) => key.alg === alg && (kid === undefined || key.kid === kid))
}

/** Returns the one key that fits the header of a token; `null` when there is none, or more than one. */
export function fittingKey(keys: readonly VerificationKey[], hint: KeyHint): CryptoKey | null {
  let found: CryptoKey | null = null
  // Runs for each token: a loop creates no list.
  for (const { alg, kid, key } of keys) {
    if (alg !== hint.alg || (hint.kid !== undefined && kid !== hint.kid)) continue
    if (found !== null) return null
    found = key
  }
  return found
}

function withoutNulls(entry: unknown): Jwk {
  const members = Object.entries(Object(entry) as Jwk) // any value can be read this way
  return Object.fromEntries(members.filter(([, value]) => value !== null))
}

function faultOf({ use, key_ops: operations, d: privateKey }: Jwk): string | null {
  if (use !== undefined && use !== 'sig') return 'it is for another use'
  if (operations !== undefined && !(Array.isArray(operations) && operations.includes('verify'))) {
    return 'its key_ops lack "verify"'
  }
  return privateKey === undefined ? null : 'it is private'
}

function algorithmsOf(jwk: Jwk, allowed: readonly string[] | null): string[] {
  const { alg: own, kty, crv } = jwk
  const candidates = own === undefined ? (allowed ?? usualAlgorithms(jwk)) : [own]
  return candidates.filter((alg): alg is string => {
    if (typeof alg !== 'string' || (allowed !== null && !allowed.includes(alg))) return false
    const form = signatureAlgorithms.get(alg)
    return form !== undefined && form.kty === kty && form.crv === crv
  })
}

async function verificationKey(
  jwk: Jwk,
  alg: string,
  earlier: Imports,
  current: Imports
): Promise<VerificationKey | LeftOut> {
  const kid = kidOf(jwk)
  const broken: LeftOut = { kid, reason: 'it is weak, oversized or broken' }
  const material = publicPart(jwk)
  if (material === null) return broken
  const identity = JSON.stringify([alg, material])
  const imported = earlier.get(identity) ?? current.get(identity) ?? importKey(material, alg)
  current.set(identity, imported)
  const key = await imported
  return key === null ? broken : { kid, alg, key }
}

function kidOf({ kid }: Jwk): string | undefined {
  return typeof kid === 'string' ? kid : undefined
}

function publicPart({ kty, crv, n, e, x, y }: Jwk): Jwk | null {
  if (kty === 'RSA') {
    const numbers = rsaNumbers(n, e)
    return numbers && { kty, ...numbers }
  }
  const material = { kty, crv, x, y }
  // A part that is not a string makes no key. Stringifying a deeply nested value could also overflow the stack.
  return Object.values(material).some((part) => part !== undefined && typeof part !== 'string') ? null : material
}

async function importKey(material: Jwk, alg: string): Promise<CryptoKey | null> {
  const { importJWK } = await jose.get()
  try {
    return await importJWK(material as { kty: KeyForm['kty'] }, alg) // the type was checked; a missing part makes the import fail
  } catch {
    return null
  }
}
