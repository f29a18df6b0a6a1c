import { createPublicKey } from 'node:crypto'
import type { Algorithm, TrustedKeys } from '../tokens.ts'

/** A key in the form of libraries that take no JWK. */
export function pem(keys: TrustedKeys, algorithm: Algorithm): string {
  const key = createPublicKey({ key: { ...keys[algorithm] }, format: 'jwk' })
  return key.export({ type: 'spki', format: 'pem' }).toString()
}
