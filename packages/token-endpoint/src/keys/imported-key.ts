import type { webcrypto } from 'node:crypto'
import { CompactSign, type CryptoKey, compactVerify, importJWK, type JWK } from 'jose'
import { publicKeyOf, type SigningAlgorithm } from './jwk.ts'

const FEWEST_RSA_BITS = 2048

/** A key that signs, with what is published of it. */
export interface SigningKey {
  readonly key: CryptoKey
  readonly alg: SigningAlgorithm
  readonly kid: string
  readonly published: JWK
}

/**
 * Imports a private key, and signs something with it to see that it works.
 *
 * @throws unless it can sign, its public half is its own and, if it is an RSA key, it has 2048 bits or more
 */
export async function importPrivateKey(jwk: JWK): Promise<SigningKey> {
  const published = await publicKeyOf(jwk)
  const { alg, kid } = published
  const key = (await importJWK(jwk, alg)) as CryptoKey // bytes come of "oct" keys only
  const proof = await new CompactSign(new Uint8Array(32)).setProtectedHeader({ alg }).sign(key)
  await compactVerify(proof, published, { algorithms: [alg] })
  return Object.freeze({ key, alg, kid, published })
}

/**
 * What is to be published of a public key.
 *
 * @throws when its members are no key, or an RSA key of less than 2048 bits
 */
export async function importPublicKey(jwk: JWK): Promise<Pick<SigningKey, 'alg' | 'kid' | 'published'>> {
  const published = await publicKeyOf(jwk)
  const { alg, kid } = published
  const { algorithm } = (await importJWK({ ...published }, alg)) as CryptoKey // as above
  const { modulusLength = FEWEST_RSA_BITS } = algorithm as Partial<webcrypto.RsaHashedKeyAlgorithm> // of RSA keys
  if (modulusLength < FEWEST_RSA_BITS) throw new RangeError('An RSA key must have 2048 bits or more')
  return { alg, kid, published }
}
