import type { InvalidTokenError } from '@latchkey/guard'
import { isText } from '@latchkey/options'
import { isNumericDate } from '../access-token/claims.ts'
import { type CompactJws, decodeObject, FEW_SIGNS, parseCompactJws } from '../compact-jws.ts'
import { readJoseHeader } from '../jose-header.ts'
import type { JsonObject } from '../json-object.ts'
import { invalidProof } from './refusal.ts'

const PROOF_TYPE = 'dpop+jwt'
const MAX_JTI_LENGTH = 256

// RFC 7518 §6: the private members, for every type of key.
const PRIVATE_MEMBERS = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k', 'priv']

/** The claims and the key of a proof. Its signature is not verified, and nothing is compared with a request. */
export interface Proof {
  readonly jws: CompactJws
  readonly alg: string
  /** The public key in the header of the proof. */
  readonly jwk: JsonObject
  readonly jti: string
  readonly htm: string
  readonly htu: string
  /** In seconds since the epoch. */
  readonly iat: number
  readonly ath: string
  readonly nonce: string | undefined
}

/**
 * Parses a proof and checks that it is a JWT of the right type with all required members.
 *
 * @param algorithms - the algorithms that a proof may be signed with
 * @throws InvalidDpopProofError
 * @see [RFC 9449 §4.2](https://www.rfc-editor.org/rfc/rfc9449#section-4.2)
 */
export function readProof(text: string, algorithms: ReadonlySet<string>): Proof {
  const { jws, header, claims } = parsed(text)
  if (header.typ !== PROOF_TYPE) throw invalidProof(`typ is not ${PROOF_TYPE}`)
  if (!algorithms.has(header.alg)) throw invalidProof('alg is not allowed')
  const { jti, htm, htu, iat, ath, nonce } = claims
  if (!isText(jti) || jti.length > MAX_JTI_LENGTH) {
    throw invalidProof(`jti is not a string of 1 to ${MAX_JTI_LENGTH} characters`)
  }
  if (!isText(htm)) throw invalidProof('htm is not a string')
  if (!isText(htu)) throw invalidProof('htu is not a string')
  if (!isNumericDate(iat)) throw invalidProof('iat is not a NumericDate in whole seconds')
  if (!isText(ath)) throw invalidProof('ath is not a string')
  if (nonce !== undefined && !isText(nonce)) throw invalidProof('nonce is not a string')
  return { jws, alg: header.alg, jwk: publicKey(header.jwk), jti, htm, htu, iat, ath, nonce }
}

interface Parsed {
  readonly jws: CompactJws
  readonly header: { readonly typ: unknown; readonly alg: string; readonly jwk: unknown }
  readonly claims: JsonObject
}

// The same strict JWS syntax as for access tokens; errors are reported as invalid_dpop_proof.
function parsed(text: string): Parsed {
  try {
    const jws = parseCompactJws(text)
    const { typ, jwk } = jws.header
    const { alg } = readJoseHeader(jws.header)
    return { jws, header: { typ, jwk, alg }, claims: decodeObject(jws.payload, FEW_SIGNS) }
  } catch (error) {
    const { cause } = error as InvalidTokenError // the only class that is thrown above
    throw invalidProof(cause)
  }
}

function publicKey(jwk: unknown): JsonObject {
  if (typeof jwk !== 'object' || jwk === null) throw invalidProof('jwk is not an object')
  if (PRIVATE_MEMBERS.some((name) => name in jwk)) throw invalidProof('jwk is not a public key')
  return jwk as JsonObject // a JSON object
}
