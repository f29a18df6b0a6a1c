import { type CryptoKey, compactVerify } from 'jose'
import { notValid } from './refusal.ts'

/**
 * Verifies the signature of a token whose syntax and header are already checked. Does not check its claims.
 *
 * @throws InvalidTokenError when the signature was not made with the key
 * @see [RFC 7515 §5.2](https://www.rfc-editor.org/rfc/rfc7515#section-5.2)
 */
export async function verifySignature(token: string, alg: string, key: CryptoKey): Promise<void> {
  try {
    await compactVerify(token, key, { algorithms: [alg], crit: {} })
  } catch (cause) {
    throw notValid(cause)
  }
}
