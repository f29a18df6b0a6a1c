// Issuers whose tokens the server accepts. Each has its own keys and its own faults.
import { randomBytes, randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type CryptoKey, exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose'
import { AUDIENCE } from './application.ts'

/** The differences from a good token. */
export interface Differences {
  readonly issuer?: string
  readonly scope?: string
  /** Seconds since the epoch. */
  readonly expiresAt?: number
  /** Signed by a key that the issuer does not have, under the name of its key. */
  readonly isForged?: boolean
}

export interface Issuer {
  readonly issuer: string
  readonly jwksUri: string
  /** How many requests it got. */
  readonly asked: number
  /** How many connections to it are open. */
  connections(): Promise<number>
  /** Answers each request instead of the usual way, until it is called without a listener. */
  behave(listener?: RequestListener): void
  /** Makes a new key and withdraws the earlier one. */
  rotate(): Promise<void>
  token(differences?: Differences): Promise<string>
  /** A token that names an unknown key. */
  tokenOfUnknownKey(): string
  close(): Promise<void>
}

const LONGEST = 7_200

export async function startIssuer(): Promise<Issuer> {
  let [key, stranger] = [await keyPair(), await keyPair()]
  let listener: RequestListener | undefined
  let asked = 0
  const server = createServer((request, response) => {
    asked++
    if (listener) listener(request, response)
    else json(request.url === '/jwks' ? { keys: [key.jwk] } : { issuer, jwks_uri: jwksUri })(request, response)
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}` // it listens on TCP
  const jwksUri = `${issuer}/jwks`
  return {
    issuer,
    jwksUri,
    get asked() {
      return asked
    },
    connections: () =>
      new Promise((resolve, reject) =>
        server.getConnections((error, count) => (error ? reject(error) : resolve(count)))
      ),
    behave: (next) => {
      listener = next
    },
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
    },
    async close() {
      server.close()
      server.closeAllConnections()
    }
  }
}

/** Answers 500. */
export const fails: RequestListener = (_request, response) => response.writeHead(500).end()

/** Never answers. */
export const hangs: RequestListener = () => {}

/** Breaks the connection. */
export const breaks: RequestListener = ({ socket }) => socket.destroy()

/** Answers with JSON. */
export function json(body: unknown): RequestListener {
  return (_request, response) =>
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body))
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
