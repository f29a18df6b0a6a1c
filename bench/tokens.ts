// The tokens that are sent, and what a server needs to verify them. They are of the size and the claims that authorization
// servers give them: 756 bytes with RS256.
import { randomUUID } from 'node:crypto'
import { type CryptoKey, exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose'

export const issuer = 'https://id.example.com'
export const audience = 'https://api.example.com'
export const neededScope = 'items:read'

export const algorithms = ['RS256', 'ES256', 'EdDSA'] as const
export type Algorithm = (typeof algorithms)[number]

/** The issuer's public keys. Plain data, because it goes to other processes. */
export type TrustedKeys = Readonly<Record<Algorithm, JWK>>

/** What differs from a good token. */
export interface Differences {
  readonly issuer?: string
  readonly audience?: string
  readonly scope?: string
  /** In seconds from now. Default: an hour. */
  readonly expiresIn?: number
  /** Signed by a stranger, under the key identifier of the issuer. */
  readonly isForged?: boolean
  /** How many members the payload has before the usual ones. Each takes 15 bytes of JSON. Default: 0. */
  readonly members?: number
}

/** Issues tokens like those of an authorization server. */
export interface TokenIssuer {
  readonly keys: TrustedKeys
  token(algorithm: Algorithm, differences?: Differences): Promise<string>
}

export async function tokenIssuer(): Promise<TokenIssuer> {
  const pairs = await allPairs()
  // One entry for each algorithm.
  const signing = Object.fromEntries(pairs) as Record<Algorithm, KeyPair>
  const strangers = Object.fromEntries(await allPairs()) as typeof signing // as above
  return {
    keys: Object.fromEntries(pairs.map(([alg, { jwk }]) => [alg, jwk])) as TrustedKeys, // as above
    token(algorithm, differences = {}) {
      const { jwk } = signing[algorithm]
      const { privateKey } = (differences.isForged ? strangers : signing)[algorithm]
      const time = Math.floor(Date.now() / 1000)
      return new SignJWT({
        ...manyMembers(differences.members ?? 0),
        iss: differences.issuer ?? issuer,
        sub: 'auth|2f9d1c1e7b4a4f6d8c0e5b7a93',
        aud: differences.audience ?? audience,
        client_id: 'bench',
        scope: differences.scope ?? `${neededScope} items:write`,
        auth_time: time,
        iat: time,
        exp: time + (differences.expiresIn ?? 3600),
        jti: randomUUID()
      })
        .setProtectedHeader({ alg: algorithm, typ: 'at+jwt', ...(jwk.kid !== undefined && { kid: jwk.kid }) })
        .sign(privateKey)
    }
  }
}

interface KeyPair {
  readonly jwk: JWK
  readonly privateKey: CryptoKey
}

/** Names as an attacker would choose them: each is new to the parser, and takes a place of its own. */
function manyMembers(count: number): Record<string, unknown> {
  return Object.fromEntries(Array.from({ length: count }, (_, at) => [`m${`${at}`.padStart(6, '0')}`, '00']))
}

function allPairs(): Promise<(readonly [Algorithm, KeyPair])[]> {
  return Promise.all(algorithms.map(async (algorithm) => [algorithm, await keyPair(algorithm)] as const))
}

async function keyPair(alg: Algorithm): Promise<KeyPair> {
  const { publicKey, privateKey } = await generateKeyPair(alg)
  return { jwk: { ...(await exportJWK(publicKey)), kid: `2026-${alg}`, alg, use: 'sig' }, privateKey }
}
