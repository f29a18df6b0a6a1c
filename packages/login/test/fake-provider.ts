import { createHash, randomBytes } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { exportJWK, generateKeyPair, type JWK, type JWTPayload, SignJWT } from 'jose'
import type { Test } from 'tap'

/** A request that the provider received. */
export interface Received {
  readonly method: string
  readonly path: string
  readonly headers: IncomingMessage['headers']
  readonly form: URLSearchParams
}

/** An answer that replaces the right one; `null` never answers. */
export type Answer = { status?: number; headers?: Record<string, string>; body?: unknown; text?: string } | null

/** The differences from the right behaviour. */
export interface Misbehaviour {
  /** By path: answers that replace the right ones. */
  answers: Map<string, Answer | (() => Answer | Promise<Answer>)>
  /** Claims of the ID token that replace the right ones; `undefined` leaves a claim out. */
  claims: Record<string, unknown>
  /** Header parameters of the ID token that replace the right ones. */
  header: Record<string, unknown>
  /** Members of the metadata that replace the right ones. */
  metadata: Record<string, unknown>
  /** Members of the token answer that replace the right ones. */
  tokens: Record<string, unknown>
  /** Members of the userinfo that replace the right ones. */
  userinfo: Record<string, unknown>
  /** The published keys, instead of the right one. */
  keys: JWK[] | null
  /** Makes the ID token, instead of the right key. */
  sign: ((payload: JWTPayload, header: { alg: string; kid?: string }) => Promise<string>) | null
}

export const key = await generateKeyPair('RS256', { extractable: true })
export const jwk: JWK = { ...(await exportJWK(key.publicKey)), kid: 'one', use: 'sig' }

/** An OpenID provider, and an imitation of Discord and GitHub, on loopback. The test controls its behaviour. */
export interface FakeProvider extends Misbehaviour {
  readonly issuer: string
  readonly received: Received[]
  /** Returns how often a path was requested. */
  count(path: string): number
  /** Returns the callback URL of a person who agrees. */
  agree(authorizationUrl: string): URL
  stop(): Promise<void>
}

interface Grant {
  readonly nonce: string | null
  readonly challenge: string | null
  readonly redirectUri: string | null
}

/** Starts a provider that stops after the test. */
export async function fakeProvider(t: Test, { port = 0 } = {}): Promise<FakeProvider> {
  const grants = new Map<string, Grant>()
  const received: Received[] = []
  const server = createServer((request, response) => void serve(request, response))
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}` // it listens on a port
  const stop = async (): Promise<void> => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
  t.teardown(stop)

  const fake: FakeProvider = {
    issuer,
    received,
    stop,
    answers: new Map(),
    claims: {},
    header: {},
    metadata: {},
    tokens: {},
    userinfo: {},
    keys: null,
    sign: null,
    count: (path) => received.filter((one) => one.path === path).length,
    agree(authorizationUrl) {
      const asked = new URL(authorizationUrl).searchParams
      const code = randomBytes(8).toString('hex')
      grants.set(code, {
        nonce: asked.get('nonce'),
        challenge: asked.get('code_challenge'),
        redirectUri: asked.get('redirect_uri')
      })
      const back = new URL(asked.get('redirect_uri') ?? '')
      back.searchParams.set('code', code)
      back.searchParams.set('state', asked.get('state') ?? '')
      return back
    }
  }
  return fake

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let body = ''
    for await (const chunk of request) body += String(chunk)
    const { pathname: path } = new URL(request.url ?? '/', issuer)
    const form = new URLSearchParams(body)
    received.push({ method: request.method ?? '', path, headers: request.headers, form })
    const told = fake.answers.get(path)
    const answer =
      typeof told === 'function' ? await told() : (told ?? (told === null ? null : await right(path, form)))
    if (answer === null) return
    const { status = 200, headers = {}, body: json, text } = answer
    response.writeHead(status, { 'content-type': 'application/json', ...headers })
    response.end(text ?? (json === undefined ? '' : JSON.stringify(json)))
  }

  async function right(path: string, form: URLSearchParams): Promise<Answer> {
    if (path === '/.well-known/openid-configuration') return { body: { ...metadataOf(issuer), ...fake.metadata } }
    if (path === '/jwks') return { body: { keys: fake.keys ?? [jwk] } }
    if (path === '/userinfo') return { body: { sub: 'alice-1', name: 'Alice', ...fake.userinfo } }
    if (path === '/api/users/@me') {
      const person = {
        id: '80351110224678912',
        username: 'alice',
        global_name: 'Alice',
        avatar: 'a_1b2',
        verified: true
      }
      return { body: { ...person, email: 'alice@example.com', ...fake.userinfo } }
    }
    if (path === '/api/v3/user') return { body: { id: 583231, login: 'octo', name: null, ...fake.userinfo } }
    if (path.endsWith('/revoke')) return { headers: { 'content-type': 'text/plain' } }
    if (path === '/token' || path === '/api/oauth2/token' || path === '/login/oauth/access_token') return token(form)
    return { status: 404, body: {} }
  }

  async function token(form: URLSearchParams): Promise<Answer> {
    if (form.get('grant_type') === 'refresh_token') {
      if (form.get('refresh_token') !== 'refresh-0') return { status: 400, body: { error: 'invalid_grant' } }
      return { body: { access_token: 'access-1', token_type: 'Bearer', expires_in: 300, ...fake.tokens } }
    }
    const grant = grants.get(form.get('code') ?? '')
    grants.delete(form.get('code') ?? '')
    const challenge = createHash('sha256')
      .update(form.get('code_verifier') ?? '')
      .digest('base64url')
    if (grant?.challenge !== challenge || grant.redirectUri !== form.get('redirect_uri')) {
      return { status: 400, body: { error: 'invalid_grant' } }
    }
    const tokens = { access_token: 'access-0', token_type: 'Bearer', expires_in: 300, refresh_token: 'refresh-0' }
    const idToken = grant.nonce === null ? {} : { id_token: await idTokenOf(grant.nonce) }
    return { body: { ...tokens, ...idToken, ...fake.tokens } }
  }

  async function idTokenOf(nonce: string): Promise<string> {
    const now = Math.floor(Date.now() / 1000)
    const right = { iss: issuer, sub: 'alice-1', aud: 'app', iat: now, exp: now + 300, nonce }
    const payload = JSON.parse(JSON.stringify({ ...right, ...fake.claims })) as JWTPayload // the JSON form of the claims
    const header = { alg: 'RS256', kid: 'one', ...fake.header }
    return fake.sign === null ? await sign(payload, header) : await fake.sign(payload, header)
  }
}

/** A JWT that the provider's key signs. */
export async function sign(claims: Record<string, unknown>, header: Record<string, unknown> = {}): Promise<string> {
  const payload = JSON.parse(JSON.stringify(claims)) as JWTPayload // the JSON form of the claims
  const { alg = 'RS256', ...rest } = header
  return new SignJWT(payload).setProtectedHeader({ kid: 'one', ...rest, alg: String(alg) }).sign(key.privateKey)
}

function metadataOf(issuer: string): Record<string, unknown> {
  return {
    issuer,
    authorization_endpoint: `${issuer}/authorize`,
    token_endpoint: `${issuer}/token`,
    userinfo_endpoint: `${issuer}/userinfo`,
    jwks_uri: `${issuer}/jwks`,
    revocation_endpoint: `${issuer}/revoke`,
    end_session_endpoint: `${issuer}/end-session`,
    code_challenge_methods_supported: ['S256']
  }
}
