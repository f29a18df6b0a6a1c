import { calculateJwkThumbprint, exportJWK, generateKeyPair, type JWK } from 'jose'

/** The algorithm of Discord's and Google's ID tokens. */
export const SIGNING_ALGORITHM = 'RS256'

/** A private key with a key id. */
export type SigningKey = JWK & { readonly kid: string }

/** Generates a new private key. */
export async function generateSigningKey(): Promise<SigningKey> {
  const { privateKey } = await generateKeyPair(SIGNING_ALGORITHM, { extractable: true })
  const jwk = await exportJWK(privateKey)
  return { ...jwk, kid: await calculateJwkThumbprint(jwk), alg: SIGNING_ALGORITHM, use: 'sig' }
}
