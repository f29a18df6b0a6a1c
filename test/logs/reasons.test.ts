import { randomBytes } from 'node:crypto'
import Fastify, { type FastifyInstance, type InjectOptions } from 'fastify'
import t from 'tap'
import { contains } from '@latchkey/exact'
import bearer from '@latchkey/bearer'
import guard, { authenticated, InvalidTokenError, noAuthentication } from '@latchkey/guard'
import login, { discord } from '@latchkey/login'
import passwordGrant from '@latchkey/password-grant'
import session from '@latchkey/session'
import { StoreUnavailableError } from '@latchkey/store'
import { memoryStore } from '@latchkey/store/memory'
import tokenEndpoint, { generateSigningKey, TokenError } from '@latchkey/token-endpoint'
import { freeOrigin } from '../loopback.ts'

const origin = 'https://app.example.com'
const closed = await freeOrigin()
const secrets = [randomBytes(32).toString('base64')]
const open = { config: { access: noAuthentication } }
const form = { 'content-type': 'application/x-www-form-urlencoded' }
const password = { method: 'POST', url: '/token', headers: form } as const

const reasons: {
  name: string
  setUp: (app: FastifyInstance) => Promise<void>
  request?: InjectOptions
  status: number
  reason: string
}[] = [
  {
    name: 'guard',
    setUp: async (app) => {
      app.get('/', open, async () => Promise.reject(new InvalidTokenError('Not valid', { cause: 'a forged key' })))
    },
    status: 401,
    reason: '"message":"Not valid: a forged key"'
  },
  {
    name: 'issuer',
    setUp: async (app) => {
      await app.register(bearer, { issuers: [{ issuer: closed, audience: 'urn:items' }] })
      app.get('/', { config: { access: authenticated } }, async () => 'ok')
    },
    request: { headers: { authorization: `Bearer ${tokenOf(closed)}` } },
    status: 503,
    reason: ': ECONNREFUSED"'
  },
  {
    name: 'store',
    setUp: async (app) => {
      app.get('/', open, async () => Promise.reject(new StoreUnavailableError('SQLITE_BUSY')))
    },
    status: 503,
    reason: '"message":"The store does not answer: SQLITE_BUSY"'
  },
  {
    name: 'bearer',
    setUp: async (app) => {
      const issuer = { issuer: origin, audience: 'urn:items', algorithms: ['ES256'] as const }
      // Wrong on purpose: a cache that is empty yet, say.
      await app.register(bearer, { issuers: [{ ...issuer, jwks: () => undefined as never }] })
      app.get('/', { config: { access: authenticated } }, async () => 'ok')
    },
    request: { headers: { authorization: `Bearer ${tokenOf(origin)}` } },
    status: 503,
    reason: ': jwks returned no JSON Web Key Set"'
  },
  {
    name: 'session',
    setUp: async (app) => {
      const store = memoryStore()
      const sessions = {
        ...store.sessions,
        create: async () => Promise.reject(new StoreUnavailableError('CONNECTION_LOST'))
      }
      await app.register(session, { secrets, origin, store: { ...store, sessions } })
      app.get('/', open, async (_request, reply) => reply.signIn({ subject: 'alice' }))
    },
    status: 503,
    reason: ': CONNECTION_LOST"'
  },
  {
    name: 'login',
    setUp: async (app) => {
      const providers = [discord({ clientId: 'app', clientSecret: 'opensesame' })]
      await app.register(login, { providers, secrets, origin, onLogin: () => undefined })
    },
    request: { url: '/login/discord/callback?error=access_denied' },
    status: 403,
    reason: ': the provider denied the login, and sent no state"'
  },
  {
    name: 'token-endpoint',
    setUp: async (app) => {
      await addTokenEndpoint(app)
      app.tokenEndpoint.addGrant({
        grantType: 'password',
        handle: async () => Promise.reject(new TokenError('server_error', 'Not today', { cause: 'the pin is lost' }))
      })
    },
    request: { ...password, payload: 'grant_type=password&client_id=cli' },
    status: 500,
    reason: ': the pin is lost"'
  },
  {
    name: 'password-grant',
    setUp: async (app) => {
      await addTokenEndpoint(app)
      const verifyPassword = async (): Promise<never> =>
        Promise.reject(new Error('no rows', { cause: 'table is gone' }))
      await app.register(passwordGrant, { verifyPassword })
    },
    request: { ...password, payload: 'grant_type=password&client_id=cli&username=alice&password=opensesame' },
    status: 500,
    reason: 'verifyPassword failed: no rows: table is gone"'
  }
]

for (const { name, setUp, request, status, reason } of reasons) {
  t.test(`the cause of an error of ${name} is in the log and not in the answer (K19.1)`, async (t) => {
    const lines: string[] = []
    const app = Fastify({ logger: { stream: { write: (line) => void lines.push(line) } } })
    t.teardown(() => app.close())
    await app.register(guard)
    await setUp(app)
    const answer = await app.inject({ url: '/', ...request })
    t.equal(answer.statusCode, status)
    const log = lines.join('')
    contains(t, log, reason)
    const words = reason.replaceAll(/^.*: |"$/g, '')
    t.notOk(answer.body.includes(words) || JSON.stringify(answer.headers).includes(words))
  })
}

async function addTokenEndpoint(app: FastifyInstance): Promise<void> {
  await app.register(tokenEndpoint, {
    issuer: origin,
    audience: 'urn:items',
    keys: [await generateSigningKey()],
    store: memoryStore(),
    clients: [{ clientId: 'cli', grantTypes: ['password'] }]
  })
}

/** An access token that needs a key before anything is wrong with it. */
function tokenOf(iss: string): string {
  const now = Math.floor(Date.now() / 1000)
  const claims = { iss, aud: 'urn:items', sub: 'alice', client_id: 'cli', jti: '1', iat: now, exp: now + 60 }
  const parts = [{ typ: 'at+jwt', alg: 'ES256', kid: 'one' }, claims].map((part) => JSON.stringify(part))
  return [...parts, 'x'.repeat(64)].map((part) => Buffer.from(part).toString('base64url')).join('.')
}
