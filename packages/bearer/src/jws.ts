import { importKeys, type JwkSet } from '@latchkey/issuer'
import { parseCompactJws } from './compact-jws.ts'
import { readJoseHeader } from './jose-header.ts'
import { findKey, givenKeys } from './key-source.ts'
import { verifySignature } from './signature.ts'

/**
 * Verifies a compact JWS with a key of the set and returns its payload. The checks are as strict as for access tokens:
 * canonical syntax, at most 8 KiB, an algorithm of the list, exactly one key that fits. Use it for signed data that is not an
 * access token. Does NOT check `typ` or the content of the payload, and imports the keys on each call.
 *
 * @param algorithms - JWS names of asymmetric algorithms; others are never verified
 * @throws InvalidTokenError
 * @example
 * ```ts
 * const payload = await verifyJws(text, { keys: [publicJwk] }, ['ES256'])
 * const document: unknown = JSON.parse(new TextDecoder().decode(payload))
 * ```
 * @see [RFC 7515 §5.2](https://www.rfc-editor.org/rfc/rfc7515#section-5.2)
 */
export async function verifyJws(token: string, jwks: JwkSet, algorithms: readonly string[]): Promise<Uint8Array> {
  const jws = parseCompactJws(token)
  const header = readJoseHeader(jws.header)
  const keys = givenKeys(await importKeys(jwks.keys, algorithms))
  await verifySignature(token, header.alg, await findKey(keys, header))
  return jws.payload
}
