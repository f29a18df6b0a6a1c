import { calculateJwkThumbprint, exportJWK, generateKeyPair, type JWK } from 'jose'

/** The algorithm of Discord's and Google's ID tokens. */
export const SIGNING_ALGORITHM = 'RS256'

/** A private key with a key id. */
export type SigningKey = JWK & { readonly kid: string }

/** Keys of providers that have been closed. */
const spareKeys: SigningKey[] = []

/** The signing keys of one provider. No other running provider of this process has one of them. */
export class SigningKeys {
  readonly #used: SigningKey[] = []

  /** Returns a key that this provider has not had. Takes one of a closed provider if there is one: a new one takes 0.2 seconds. */
  async next(): Promise<SigningKey> {
    const key = spareKeys.pop() ?? (await generateSigningKey())
    this.#used.push(key)
    return key
  }

  /** Leaves the keys to other providers. */
  close(): void {
    spareKeys.push(...this.#used.splice(0))
  }
}

async function generateSigningKey(): Promise<SigningKey> {
  const { privateKey } = await generateKeyPair(SIGNING_ALGORITHM, { extractable: true })
  const jwk = await exportJWK(privateKey)
  return { ...jwk, kid: await calculateJwkThumbprint(jwk), alg: SIGNING_ALGORITHM, use: 'sig' }
}
