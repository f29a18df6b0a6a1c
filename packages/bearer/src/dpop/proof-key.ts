import { importKeys } from '@latchkey/issuer'
import { jose } from '../jose.ts'
import { signatureFault } from '../signature.ts'
import type { Proof } from './proof.ts'
import { invalidProof } from './refusal.ts'

/**
 * Returns the SHA-256 thumbprint of the key in a proof.
 *
 * @throws InvalidDpopProofError when `jwk` is not a key
 * @see [RFC 7638](https://www.rfc-editor.org/rfc/rfc7638)
 */
export async function thumbprintOf({ jwk }: Proof): Promise<string> {
  const { calculateJwkThumbprint } = await jose.get()
  try {
    return await calculateJwkThumbprint(jwk)
  } catch (cause) {
    throw invalidProof(cause)
  }
}

/**
 * Verifies that the proof was signed with the key in it. The key must meet the same requirements as the key of an issuer: the
 * right type for the algorithm, and strong.
 *
 * @throws InvalidDpopProofError
 */
export async function verifyPossession({ jws, jwk, alg }: Proof): Promise<void> {
  const [own] = await importKeys([jwk], [alg])
  if (own === undefined) throw invalidProof('jwk is not a key for alg')
  const fault = signatureFault(jws, alg, own.key)
  if (fault !== null) throw invalidProof(fault)
}
