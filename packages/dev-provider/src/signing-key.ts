import { calculateJwkThumbprint, exportJWK, generateKeyPair, type JWK } from 'jose'

/** The algorithm of Discord's and Google's ID tokens. */
export const SIGNING_ALGORITHM = 'RS256'

/** A private key with a name. */
export type SigningKey = JWK & { readonly kid: string }

/** A new private key, which no other instance has. */
export async function generateSigningKey(): Promise<SigningKey> {
  const { privateKey } = await generateKeyPair(SIGNING_ALGORITHM, { extractable: true })
  const jwk = await exportJWK(privateKey)
  return { ...jwk, kid: await calculateJwkThumbprint(jwk), alg: SIGNING_ALGORITHM, use: 'sig' }
}
