import { calculateJwkThumbprint, exportJWK, generateKeyPair, type JWK } from 'jose'

/**
 * The algorithms that access tokens can be signed with. `Ed25519` and `EdDSA` are two names of the same signature, of
 * which a verifier may know one or none.
 *
 * @see [RFC 9864 §2.2](https://www.rfc-editor.org/rfc/rfc9864#section-2.2), which deprecates the name `EdDSA`
 */
export type SigningAlgorithm = 'ES256' | 'RS256' | 'Ed25519' | 'EdDSA'

/** All of them, the default first. */
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

// Of two names that a key without `alg` can have, the first: keys of old have signed under it.
const KINDS: readonly Kind[] = [
  { alg: 'EdDSA', kty: 'OKP', crv: 'Ed25519', publicMembers: ['crv', 'x'] },
  { alg: 'Ed25519', kty: 'OKP', crv: 'Ed25519', publicMembers: ['crv', 'x'] },
  { alg: 'ES256', kty: 'EC', crv: 'P-256', publicMembers: ['crv', 'x', 'y'] },
  { alg: 'RS256', kty: 'RSA', publicMembers: ['n', 'e'] }
]
const LONGEST_KID = 128

/**
 * A new private key for the `keys` option, with `alg`, `use` and `kid`. Keep it as a secret: whoever has it can sign in
 * as anybody. Make it once, not at every start: tokens signed with a key that is gone are refused.
 *
 * @param alg - Default: `ES256`, which every verifier knows. `RS256` is for verifiers of old, `Ed25519` (or `EdDSA`, its
 * earlier name) for verifiers that are known to know it
 * @see [RFC 7517](https://www.rfc-editor.org/rfc/rfc7517)
 */
export async function generateSigningKey(
  alg: SigningAlgorithm = SIGNING_ALGORITHMS[0]
): Promise<JWK & { kid: string }> {
  const { privateKey } = await generateKeyPair(alg, { extractable: true })
  const jwk = { ...(await exportJWK(privateKey)), alg, use: 'sig' }
  return { ...jwk, kid: await calculateJwkThumbprint(jwk) }
}

/** What keeps a value from being a private or public key for signatures, or nothing. Whether it works is not looked at. */
export function keyFault(key: unknown): string | undefined {
  if (typeof key === 'string' && key.includes('-----BEGIN')) {
    return 'holds PEM text: convert it once with exportJWK(await importPKCS8(pem, alg, { extractable: true })) of jose'
  }
  if (typeof key === 'string' && key.trimStart().startsWith('{')) return 'holds JSON text: read it with keysFromText()'
  if (typeof key !== 'object' || key === null || !('kty' in key)) {
    return 'holds a secret, or another thing that is no JWK: make a key with generateSigningKey()'
  }
  if (key.kty === 'oct') return 'holds a shared secret, which cannot be published: use generateSigningKey()'
  if (kindOf(key) === undefined) return 'holds a key for none of ES256 (P-256), RS256, and Ed25519 or EdDSA (Ed25519)'
  if ('use' in key && key.use !== 'sig') return 'holds a key whose "use" is not "sig": one key, one purpose'
  if ('kid' in key && (typeof key.kid !== 'string' || key.kid === '' || key.kid.length > LONGEST_KID)) {
    return `holds a key whose "kid" is no text of 1 to ${LONGEST_KID} characters`
  }
  return undefined
}

/** Whether a key that has no {@link keyFault} can sign, rather than only verify. */
export function isPrivateKey(key: object): boolean {
  return 'd' in key
}

function kindOf(key: object): Kind | undefined {
  const { kty, crv, alg }: { kty?: unknown; crv?: unknown; alg?: unknown } = key
  return KINDS.find((kind) => kind.kty === kty && kind.crv === crv && (alg === undefined || kind.alg === alg))
}

/** The published part of a key: public members only, with the RFC 7638 thumbprint for `kid` when it has none. */
export async function publicKeyOf(jwk: JWK): Promise<JWK & { readonly alg: SigningAlgorithm; readonly kid: string }> {
  const kind = kindOf(jwk) as Kind // keyFault lets no other key through
  const members = Object.fromEntries(kind.publicMembers.map((name) => [name, jwk[name]]))
  const key = { kty: kind.kty, ...members }
  return Object.freeze({ ...key, alg: kind.alg, use: 'sig', kid: jwk.kid ?? (await calculateJwkThumbprint(key)) })
}
