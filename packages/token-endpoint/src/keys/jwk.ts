import { faultless, isObject, isText, type Schema } from '@latchkey/options'
import type { JWK } from 'jose'
import { jose } from './jose.ts'

/**
 * The algorithms for signing access tokens. `Ed25519` and `EdDSA` are two names of the same signature. A verifier may support
 * one of the names, both or neither.
 *
 * @see [RFC 9864 §2.2](https://www.rfc-editor.org/rfc/rfc9864#section-2.2), which deprecates the name `EdDSA`
 */
export type SigningAlgorithm = 'ES256' | 'RS256' | 'Ed25519' | 'EdDSA'

/** All algorithms, the default first. */
export const SIGNING_ALGORITHMS: readonly [SigningAlgorithm, ...SigningAlgorithm[]] = Object.freeze([
  'ES256',
  'RS256',
  'Ed25519',
  'EdDSA'
])

interface Kind {
  readonly alg: SigningAlgorithm
  readonly kty: 'OKP' | 'EC' | 'RSA'
  readonly crv?: string
  readonly publicMembers: readonly ('crv' | 'x' | 'y' | 'n' | 'e')[]
}

// A key without `alg` gets the first match. `EdDSA` comes before `Ed25519` because older keys have signed under that name.
const KINDS: readonly Kind[] = [
  { alg: 'EdDSA', kty: 'OKP', crv: 'Ed25519', publicMembers: ['crv', 'x'] },
  { alg: 'Ed25519', kty: 'OKP', crv: 'Ed25519', publicMembers: ['crv', 'x'] },
  { alg: 'ES256', kty: 'EC', crv: 'P-256', publicMembers: ['crv', 'x', 'y'] },
  { alg: 'RS256', kty: 'RSA', publicMembers: ['n', 'e'] }
]
const LONGEST_KID = 128

// The keys that this process made: a restart would make others.
const made = new WeakSet<object>()

/** Whether {@link generateSigningKey} made a key in this process. */
export function wasMadeHere(key: object): boolean {
  return made.has(key)
}

/**
 * Makes a private key for the option `keys`, with `alg`, `use` and `kid`. Keep it secret: its holder can sign in as any user.
 * Make it once, not at every start: without the key, its tokens are refused.
 *
 * @example
 * ```ts
 * const key = await generateSigningKey()
 * ```
 * @param alg - Default: `ES256`, which every verifier supports. Use `RS256` for old verifiers, and `Ed25519` (or `EdDSA`, its
 * older name) only for verifiers that support it
 * @see [RFC 7517](https://www.rfc-editor.org/rfc/rfc7517)
 */
export async function generateSigningKey(
  alg: SigningAlgorithm = SIGNING_ALGORITHMS[0]
): Promise<JWK & { kid: string }> {
  const { calculateJwkThumbprint, exportJWK, generateKeyPair } = await jose.get()
  const { privateKey } = await generateKeyPair(alg, { extractable: true })
  const jwk = { ...(await exportJWK(privateKey)), alg, use: 'sig' }
  const key = { ...jwk, kid: await calculateJwkThumbprint(jwk) }
  made.add(key)
  return key
}

/** The schema of a private or public signing key. Does not check whether the key works. */
export const signingKey: Schema<JWK> = faultless<JWK>((key) => {
  if (typeof key === 'string' && key.includes('-----BEGIN')) {
    return 'must be a JWK; got PEM text. Fix: convert it once with exportJWK(await importPKCS8(pem, alg, { extractable: true })) of jose'
  }
  if (typeof key === 'string' && key.trimStart().startsWith('{')) {
    return 'must be a JWK; got JSON text. Fix: read it with keysFromText()'
  }
  if (!isObject(key) || !('kty' in key)) {
    return 'must be a JWK; got a secret or another value. Fix: make a key with generateSigningKey()'
  }
  const { kty, use = 'sig', kid = 'thumbprint' } = key
  if (kty === 'oct') {
    return 'must be a key pair; got a shared secret, which cannot be published. Fix: make a key with generateSigningKey()'
  }
  if (kindOf(key) === undefined) return 'must be a key for ES256 (P-256), RS256, Ed25519 or EdDSA (Ed25519)'
  if (use !== 'sig') return `must have the "use" 'sig': a key has one purpose`
  const isKid = isText(kid) && kid.length <= LONGEST_KID
  return isKid ? undefined : `must have a "kid" of 1 to ${LONGEST_KID} characters, or none`
})

/** Whether a {@link signingKey} can sign. Other keys can only verify. */
export function isPrivateKey(key: object): boolean {
  return 'd' in key
}

function kindOf(key: object): Kind | undefined {
  const { kty, crv, alg }: { kty?: unknown; crv?: unknown; alg?: unknown } = key
  return KINDS.find((kind) => kind.kty === kty && kind.crv === crv && (alg === undefined || kind.alg === alg))
}

/** The published part of a key: public members only. The `kid` defaults to the RFC 7638 thumbprint. */
export async function publicKeyOf(jwk: JWK): Promise<JWK & { readonly alg: SigningAlgorithm; readonly kid: string }> {
  const kind = kindOf(jwk) as Kind // the schema refuses every other key
  const { calculateJwkThumbprint } = await jose.get()
  const members = Object.fromEntries(kind.publicMembers.map((name) => [name, jwk[name]]))
  const key = { kty: kind.kty, ...members }
  return Object.freeze({ ...key, alg: kind.alg, use: 'sig', kid: jwk.kid ?? (await calculateJwkThumbprint(key)) })
}
