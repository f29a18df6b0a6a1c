import { importKeys } from '@latchkey/issuer'
import { calculateJwkThumbprint, compactVerify } from 'jose'
import type { Proof } from './proof.ts'
import { invalidProof } from './refusal.ts'

/**
 * The SHA-256 thumbprint of the key in a proof.
 *
 * @throws InvalidDpopProofError when it is no key
 * @see [RFC 7638](https://www.rfc-editor.org/rfc/rfc7638)
 */
export async function thumbprintOf({ jwk }: Proof): Promise<string> {
  try {
    return await calculateJwkThumbprint(jwk)
  } catch (cause) {
    throw invalidProof(cause)
  }
}

/**
 * Verifies that whoever has the key in a proof made the proof. The key must be one that an issuer could sign with: of the kind
 * that the algorithm wants, and strong.
 *
 * @throws InvalidDpopProofError
 */
export async function verifyPossession({ text, jwk, alg }: Proof): Promise<void> {
  const [own] = await importKeys([jwk], [alg])
  if (own === undefined) throw invalidProof('jwk is no key for alg')
  try {
    await compactVerify(text, own.key, { algorithms: [alg], crit: {} })
  } catch (cause) {
    throw invalidProof(cause)
  }
}
