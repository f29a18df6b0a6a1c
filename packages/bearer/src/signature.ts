import { constants, KeyObject, type VerifyKeyObjectInput, verify } from 'node:crypto'
import { isCryptoKey } from 'node:util/types'
import type { CryptoKey } from 'jose'
import type { CompactJws } from './compact-jws.ts'

/** How one algorithm verifies signatures, and the WebCrypto algorithm that its keys have. */
interface Scheme {
  readonly name: string
  /** The hash or the curve of the key; `undefined` if the name says it all. */
  readonly variant: string | undefined
  readonly digest: string | null
  readonly options: Omit<VerifyKeyObjectInput, 'key'>
}

const PSS = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST }
const ed25519: Scheme = { name: 'Ed25519', variant: undefined, digest: null, options: {} }

const schemes: ReadonlyMap<string, Scheme> = new Map([
  ['RS256', rsa('RSASSA-PKCS1-v1_5', 'SHA-256')],
  ['RS384', rsa('RSASSA-PKCS1-v1_5', 'SHA-384')],
  ['RS512', rsa('RSASSA-PKCS1-v1_5', 'SHA-512')],
  ['PS256', rsa('RSA-PSS', 'SHA-256', PSS)],
  ['PS384', rsa('RSA-PSS', 'SHA-384', PSS)],
  ['PS512', rsa('RSA-PSS', 'SHA-512', PSS)],
  ['ES256', ecdsa('P-256', 'SHA-256')],
  ['ES384', ecdsa('P-384', 'SHA-384')],
  ['ES512', ecdsa('P-521', 'SHA-512')],
  ['EdDSA', ed25519],
  ['Ed25519', ed25519]
])

function rsa(name: string, hash: string, options: Scheme['options'] = {}): Scheme {
  return { name, variant: hash, digest: hash, options }
}

function ecdsa(curve: string, hash: string): Scheme {
  return { name: 'ECDSA', variant: curve, digest: hash, options: { dsaEncoding: 'ieee-p1363' } }
}

/** A key as `crypto.verify()` takes it, for the only scheme that it is for. */
interface PreparedKey {
  readonly scheme: Scheme
  readonly input: VerifyKeyObjectInput
}

const LEAST_BITS = 2048
const prepared = new WeakMap<CryptoKey, PreparedKey>()

/**
 * Verifies the signature of a JWS whose syntax and header are already checked. Does not check its claims.
 *
 * `crypto.verify()` holds the event loop for one verification. WebCrypto works in another thread, but takes up to 2.4 times as
 * much CPU: each call is a job with a promise.
 *
 * @param alg - one of the `signatureAlgorithms` of `@latchkey/issuer`
 * @returns `null` for a valid signature, otherwise the fault, for the log
 * @see [RFC 7515 §5.2](https://www.rfc-editor.org/rfc/rfc7515#section-5.2)
 */
export function signatureFault(
  { signed, signature }: Pick<CompactJws, 'signed' | 'signature'>,
  alg: string,
  key: CryptoKey
): string | null {
  const own = prepared.get(key) ?? prepare(key)
  if (own === null || own.scheme !== schemes.get(alg)) return 'the key is not for the algorithm'
  return verify(own.scheme.digest, signed, own.input, signature) ? null : 'the signature is wrong'
}

// A key source belongs to the application, and may return anything.
function prepare(key: unknown): PreparedKey | null {
  if (!isCryptoKey(key) || key.type !== 'public' || !key.usages.includes('verify')) return null
  // Cast: these are the members that WebCrypto defines for the algorithms above.
  const own = key.algorithm as { name: string; namedCurve?: string; hash?: { name: string }; modulusLength?: number }
  const scheme = [...schemes.values()].find(
    ({ name, variant }) => name === own.name && variant === (own.namedCurve ?? own.hash?.name)
  )
  if (scheme === undefined || (own.modulusLength ?? LEAST_BITS) < LEAST_BITS) return null
  const made = { scheme, input: { key: KeyObject.from(key), ...scheme.options } }
  prepared.set(key, made)
  return made
}
