import type { JsonObject } from './json-object.ts'
import { notValid } from './refusal.ts'

const MAX_KID_LENGTH = 128

/** The members of a token's header that select its key. The location of a key is never read from it. */
export interface JoseHeader {
  readonly alg: string
  readonly kid: string | undefined
}

/**
 * Reads the algorithm and key id of a JOSE header. Does not read `jwk`, `jku`, `x5u` and `x5c`: a token must not bring its own
 * key. No extension is supported, so every `crit` is refused. `b64` is refused too, since JWTs must not use it.
 *
 * @throws InvalidTokenError
 * @see [RFC 7515 §4.1](https://www.rfc-editor.org/rfc/rfc7515#section-4.1)
 * @see [RFC 7797 §7](https://www.rfc-editor.org/rfc/rfc7797#section-7)
 */
export function readJoseHeader({ alg, kid, crit, b64 }: JsonObject): JoseHeader {
  if (typeof alg !== 'string') throw notValid('alg is not a string')
  if (crit !== undefined || b64 !== undefined) throw notValid('the header uses an extension')
  if (kid !== undefined && !isKeyId(kid)) throw notValid('kid is not a string of 1 to 128 characters')
  return { alg, kid }
}

function isKeyId(kid: unknown): kid is string {
  return typeof kid === 'string' && kid.length > 0 && kid.length <= MAX_KID_LENGTH
}
