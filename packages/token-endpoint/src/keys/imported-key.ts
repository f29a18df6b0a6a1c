import type { webcrypto } from 'node:crypto'
import type { CryptoKey, JWK } from 'jose'
import { jose } from './jose.ts'
import { publicKeyOf, type SigningAlgorithm } from './jwk.ts'

const FEWEST_RSA_BITS = 2048

/** A key that signs, and its published part. */
export interface SigningKey {
  readonly key: CryptoKey
  readonly alg: SigningAlgorithm
  readonly kid: string
  readonly published: JWK
}

/**
 * Imports a private key, then signs and verifies a test message with it.
 *
 * @throws when the key cannot sign, its public members do not match, or it is an RSA key of less than 2048 bits
 */
export async function importPrivateKey(jwk: JWK): Promise<SigningKey> {
  const { CompactSign, compactVerify, importJWK } = await jose.get()
  const published = await publicKeyOf(jwk)
  const { alg, kid } = published
  const key = (await importJWK(jwk, alg)) as CryptoKey // only "oct" keys become bytes
  const proof = await new CompactSign(new Uint8Array(32)).setProtectedHeader({ alg }).sign(key)
  await compactVerify(proof, published, { algorithms: [alg] })
  return Object.freeze({ key, alg, kid, published })
}

/**
 * The published part of a public key.
 *
 * @throws when the members are not a valid key, or the key is an RSA key of less than 2048 bits
 */
export async function importPublicKey(jwk: JWK): Promise<Pick<SigningKey, 'alg' | 'kid' | 'published'>> {
  const { importJWK } = await jose.get()
  const published = await publicKeyOf(jwk)
  const { alg, kid } = published
  const { algorithm } = (await importJWK({ ...published }, alg)) as CryptoKey // only "oct" keys become bytes
  const { modulusLength = FEWEST_RSA_BITS } = algorithm as Partial<webcrypto.RsaHashedKeyAlgorithm> // RSA keys only
  if (modulusLength < FEWEST_RSA_BITS) throw new RangeError('An RSA key must have 2048 bits or more')
  return { alg, kid, published }
}
