import { listOf, must, type Schema } from '@latchkey/options'

/** The type that a JSON Web Key must have to verify signatures of one algorithm. */
export interface KeyForm {
  readonly kty: 'RSA' | 'EC' | 'OKP'
  readonly crv?: string
}

const rsa: KeyForm = { kty: 'RSA' }
const ed25519: KeyForm = { kty: 'OKP', crv: 'Ed25519' }

/**
 * The signature algorithms that a token may have. All are asymmetric: with a shared secret, every server that can verify tokens
 * can also forge them.
 *
 * @see [RFC 7518 §3.1](https://www.rfc-editor.org/rfc/rfc7518#section-3.1)
 * @see [RFC 9864 §2.2](https://www.rfc-editor.org/rfc/rfc9864#section-2.2)
 */
export const signatureAlgorithms: ReadonlyMap<string, KeyForm> = new Map([
  ['RS256', rsa],
  ['RS384', rsa],
  ['RS512', rsa],
  ['PS256', rsa],
  ['PS384', rsa],
  ['PS512', rsa],
  ['ES256', { kty: 'EC', crv: 'P-256' }],
  ['ES384', { kty: 'EC', crv: 'P-384' }],
  ['ES512', { kty: 'EC', crv: 'P-521' }],
  ['EdDSA', ed25519],
  ['Ed25519', ed25519]
])

/** The schema of a list of at least one signature algorithm, by its JWS name. */
export const algorithmNames: Schema<readonly string[]> = listOf(
  'be a list of at least one signature algorithm',
  must(
    `be one of ${[...signatureAlgorithms.keys()].join(', ')}`,
    (value) => typeof value === 'string' && signatureAlgorithms.has(value)
  ),
  1
)

// RFC 9068 §2.1 and OpenID Connect Core §15.1 require every issuer and client to support RS256.
const USUAL_OF_RSA = ['RS256']

/**
 * Returns the algorithms that a key without `alg` verifies by default: the algorithm of its curve, under each of its names, and
 * RS256 for an RSA key, which fits six algorithms.
 */
export function usualAlgorithms({ kty, crv }: Readonly<Record<string, unknown>>): readonly string[] {
  if (kty === 'RSA') return USUAL_OF_RSA
  return [...signatureAlgorithms].filter(([, form]) => form.kty === kty && form.crv === crv).map(([alg]) => alg)
}
