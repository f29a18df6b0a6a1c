import { compactVerify } from 'jose'
import type { JoseHeader } from './jose-header.ts'
import type { KeyLookup } from './key-lookup.ts'
import { notValid } from './refusal.ts'

/**
 * Verifies the signature of a token whose syntax and header are checked already. Does not look at what it says.
 *
 * @throws InvalidTokenError when there is no key for it or the signature is not the key's; UnavailableError when the
 * key cannot be had now
 * @see [RFC 7515 §5.2](https://www.rfc-editor.org/rfc/rfc7515#section-5.2)
 */
export async function verifySignature(token: string, header: JoseHeader, lookup: KeyLookup): Promise<void> {
  const key = await lookup(header)
  try {
    await compactVerify(token, key, { algorithms: [header.alg], crit: {} })
  } catch (cause) {
    throw notValid(cause)
  }
}
