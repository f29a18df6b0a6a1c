// Issuers whose tokens the server accepts. Each has its own keys and its own faults.
import { randomBytes, randomUUID } from 'node:crypto'
import { type CryptoKey, exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose'
import { AUDIENCE } from './application.ts'
import { type Endpoint, json, startEndpoint } from './endpoint.ts'

/** The differences from a good token. */
export interface Differences {
  readonly issuer?: string
  readonly scope?: string
  /** Seconds since the epoch. */
  readonly expiresAt?: number
  /** Signed by a key that the issuer does not have, under the name of its key. */
  readonly isForged?: boolean
}

export interface Issuer extends Omit<Endpoint, 'origin'> {
  readonly issuer: string
  readonly jwksUri: string
  /** Makes a new key and withdraws the earlier one. */
  rotate(): Promise<void>
  token(differences?: Differences): Promise<string>
  /** A token that names an unknown key. */
  tokenOfUnknownKey(): string
}

const LONGEST = 7_200

export async function startIssuer(): Promise<Issuer> {
  let [key, stranger] = [await keyPair(), await keyPair()]
  const endpoint = await startEndpoint((request, response) =>
    json(request.url === '/jwks' ? { keys: [key.jwk] } : { issuer, jwks_uri: jwksUri })(request, response)
  )
  const { origin: issuer, connections, behave, close } = endpoint
  const jwksUri = `${issuer}/jwks`
  return {
    issuer,
    jwksUri,
    get asked() {
      return endpoint.asked
    },
    connections,
    behave,
    close,
    async rotate() {
      ;[key, stranger] = [await keyPair(), await keyPair()]
    },
    token: ({ isForged = false, ...differences } = {}) =>
      new SignJWT(claims({ issuer, ...differences }))
        .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid: key.kid })
        .sign((isForged ? stranger : key).privateKey),
    tokenOfUnknownKey() {
      const header = { alg: 'ES256', typ: 'at+jwt', kid: randomUUID() }
      const parts = [header, claims({ issuer })].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
      return `${parts.join('.')}.${randomBytes(64).toString('base64url')}`
    }
  }
}

function claims({ issuer, scope = 'items:read', expiresAt }: Differences): Record<string, unknown> {
  const iat = Math.floor(Date.now() / 1000)
  return {
    iss: issuer,
    sub: 'auth|2f9d1c1e7b4a4f6d8c0e5b7a93',
    aud: AUDIENCE,
    client_id: 'soak',
    scope,
    iat: Math.min(iat, expiresAt ?? iat),
    exp: expiresAt ?? iat + LONGEST,
    jti: randomUUID()
  }
}

async function keyPair(): Promise<{ kid: string; jwk: JWK; privateKey: CryptoKey }> {
  const kid = randomUUID()
  const { publicKey, privateKey } = await generateKeyPair('ES256')
  return { kid, jwk: { ...(await exportJWK(publicKey)), kid, alg: 'ES256', use: 'sig' }, privateKey }
}
