import { setTimeout } from 'node:timers/promises'
import bearer from '@latchkey/bearer'
import guard, { authenticated } from '@latchkey/guard'
import passwordGrant from '@latchkey/password-grant'
import tokenEndpoint, {
  type Client,
  generateClientSecret,
  generateSigningKey,
  type TokenEndpointOptions
} from '@latchkey/token-endpoint'
import Fastify, { type FastifyInstance } from 'fastify'
import type { Test } from 'tap'
import { injectForm } from '../inject-form.ts'

const issuer = 'https://api.example.com'
const { clientSecret, clientSecretHash } = generateClientSecret()
const grantTypes = ['password', 'refresh_token']
const clients: Client[] = [
  { clientId: 'app', grantTypes },
  { clientId: 'api', clientSecretHash, grantTypes: [], introspects: [issuer] }
]
/** ES256, whose signatures have a second form. */
const key = await generateSigningKey('ES256')

/** The passwords of the users, by name. */
export type Passwords = Map<string, string>

/** A whole server, and the requests of its clients. */
export interface Server {
  readonly app: FastifyInstance
  login(password?: string): Promise<Tokens>
  refresh(token: string): Promise<number>
  revoke(token: string): Promise<number>
  isActive(token: string): Promise<unknown>
  /** The status of a guarded route. */
  call(token: string): Promise<number>
}

export interface Tokens {
  readonly status: number
  readonly access: string
  readonly refresh: string
}

export async function server(
  t: Test,
  store: TokenEndpointOptions['store'],
  passwords: Passwords = new Map([['alice', 'wonderland']])
): Promise<Server> {
  const app = Fastify()
  t.teardown(() => app.close())
  await app.register(guard)
  await app.register(tokenEndpoint, { issuer, audience: issuer, keys: [key], clients, defaultClientId: 'app', store })
  await app.register(passwordGrant, {
    verifyPassword: async ({ username, password }) =>
      passwords.get(username) === password ? { subject: username, scopes: [] } : null
  })
  await app.register(bearer, { issuers: [app.tokenEndpoint] })
  app.get('/me', { config: { access: authenticated } }, async ({ principal }) => principal.subject)
  app.post('/password', { config: { access: authenticated } }, async ({ principal, body }, reply) => {
    passwords.set(principal.subject, String(body))
    await app.tokenEndpoint.revokeAll(principal.subject)
    return reply.code(204).send()
  })
  await app.ready()

  const post = async (url: string, form: Record<string, string>, headers = {}) => injectForm(app, url, form, headers)
  // A client waits for the time in Retry-After.
  async function refresh(token: string): Promise<number> {
    const answer = await post('/token', { grant_type: 'refresh_token', refresh_token: token })
    if (answer.statusCode !== 503) return answer.statusCode
    await setTimeout(Number(answer.headers['retry-after']) * 1000)
    return refresh(token)
  }

  const authorization = `Basic ${Buffer.from(`api:${clientSecret}`).toString('base64')}`
  return {
    app,
    async login(password = 'wonderland') {
      const answer = await post('/token', { grant_type: 'password', username: 'alice', password })
      const { access_token: access, refresh_token: refresh } = answer.json<Record<string, string>>()
      return { status: answer.statusCode, access: String(access), refresh: String(refresh) }
    },
    refresh,
    revoke: async (token) => (await post('/revoke', { token })).statusCode,
    isActive: async (token) =>
      (await post('/introspect', { token }, { authorization })).json<{ active: unknown }>().active,
    call: async (token) => (await app.inject({ url: '/me', headers: { authorization: `Bearer ${token}` } })).statusCode
  }
}
