import { importKeys, type JwkSet } from '@latchkey/issuer'
import { parseCompactJws } from './compact-jws.ts'
import { readJoseHeader } from './jose-header.ts'
import { givenKeys } from './key-source.ts'
import { verifySignature } from './signature.ts'

/**
 * The payload of a compact JWS that a key of the set signed, judged as strictly as access tokens are: canonical syntax,
 * up to 8 KiB, an algorithm out of the list, exactly one key that fits. For signed things that are not access tokens.
 * Does NOT look at the `typ` or at what the payload says, and imports the keys each time.
 *
 * @param algorithms - JWS names of asymmetric algorithms; others are never verified
 * @throws InvalidTokenError
 * @see [RFC 7515 §5.2](https://www.rfc-editor.org/rfc/rfc7515#section-5.2)
 */
export async function verifyJws(token: string, jwks: JwkSet, algorithms: readonly string[]): Promise<Uint8Array> {
  const jws = parseCompactJws(token)
  const header = readJoseHeader(jws.header)
  const keys = givenKeys(await importKeys(jwks.keys, algorithms))
  await verifySignature(token, header.alg, await keys.find(header))
  return jws.payload
}
