import Fastify, { type FastifyInstance, type FastifyServerOptions, type InjectOptions } from 'fastify'
import type { Test } from 'tap'
import type { RefreshTokenStore, RevocationStore } from '@latchkey/store'
import { memoryStore } from '@latchkey/store/memory'
import tokenEndpoint, {
  type Grant,
  TokenError,
  type TokenEndpointOptions,
  generateSigningKey
} from '@latchkey/token-endpoint'

export const issuer = 'https://api.example.com'
export const key = await generateSigningKey()

const users = new Set(['alice', 'bob'])

// Replaces the password grant: users with the right word may read and write items.
export const toyGrant: Grant = {
  grantType: 'password',
  async handle({ parameters }) {
    const subject = parameters.get('username') ?? ''
    if (!users.has(subject) || parameters.get('password') !== 'opensesame') throw new TokenError('invalid_grant', 'No.')
    return { subject, scopes: ['items:read', 'items:write'], authenticatedAt: 1_000 }
  }
}

export interface Server {
  readonly app: FastifyInstance
  readonly refreshTokens: RefreshTokenStore
  readonly revocations: RevocationStore
  post(form: string | Record<string, string>, options?: InjectOptions): Promise<Answer>
  /** Signs alice in. */
  login(form?: Record<string, string>, options?: InjectOptions): Promise<Answer>
  revoke(token: string, form?: Record<string, string>, options?: InjectOptions): Promise<Answer>
  introspect(token: string, form?: Record<string, string>, options?: InjectOptions): Promise<Answer>
  refresh(token: string | undefined, form?: Record<string, string>, options?: InjectOptions): Promise<Answer>
}

export interface Answer {
  readonly status: number
  readonly body: Record<string, unknown> & { access_token: string; refresh_token: string }
  readonly text: string
  readonly headers: Readonly<Record<string, unknown>>
}

export async function server(
  options: Partial<TokenEndpointOptions> = {},
  { grants = [toyGrant], fastify = {} }: { grants?: Grant[]; fastify?: FastifyServerOptions } = {}
): Promise<Server> {
  const app = Fastify(fastify)
  const store = options.store ?? memoryStore(options.now && { now: options.now })
  await app.register(tokenEndpoint, { issuer, audience: 'https://api.example.com', keys: [key], ...options, store })
  for (const grant of grants) app.tokenEndpoint.addGrant(grant)

  const post: Server['post'] = async (form, more = {}) => {
    const { headers, ...rest } = more
    const answer = await app.inject({
      method: 'POST',
      url: '/token',
      headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
      payload: typeof form === 'string' ? form : new URLSearchParams(form).toString(),
      ...rest
    })
    const body = answer.headers['content-type']?.toString().includes('json') ? answer.json() : null
    return { status: answer.statusCode, body, text: answer.body, headers: answer.headers }
  }
  return {
    app,
    refreshTokens: store.refreshTokens,
    revocations: store.revocations,
    revoke: (token, form = {}, more) => post({ token, ...form }, { url: '/revoke', ...more }),
    introspect: (token, form = {}, more) => post({ token, ...form }, { url: '/introspect', ...more }),
    post,
    login: (form = {}, more) =>
      post({ grant_type: 'password', username: 'alice', password: 'opensesame', ...form }, more),
    refresh: (token, form = {}, more) =>
      post({ grant_type: 'refresh_token', refresh_token: token ?? '', ...form }, more)
  }
}

/** A ready server that is closed after the test. */
export async function started(t: Test, ...given: Parameters<typeof server>): ReturnType<typeof server> {
  const made = await server(...given)
  t.teardown(() => made.app.close())
  await made.app.ready()
  return made
}

/** The claims of an access token. */
export function claimsOf(token: string): Record<string, unknown> {
  return JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as Record<string, unknown>
}

/** Whether an access token is revoked. A verifier makes the same call. */
export function isRevoked(app: FastifyInstance, token: string): boolean {
  return app.tokenEndpoint.isRevoked(claimsOf(token))
}

export function basic(clientId: string, clientSecret: string): { authorization: string } {
  return { authorization: `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString('base64')}` }
}
