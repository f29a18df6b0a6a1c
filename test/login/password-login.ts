import guard, { authenticated, recentLogin } from '@latchkey/guard'
import passwordLogin, { type PasswordLoginOptions } from '@latchkey/password-login'
import type { VerifyPassword } from '@latchkey/passwords'
import session from '@latchkey/session'
import type { Store } from '@latchkey/store'
import { memoryStore } from '@latchkey/store/memory'
import Fastify, { type FastifyInstance } from 'fastify'
import { atTime } from '../store-clock.ts'

export const PASSWORD = 'correct horse battery staple'

/** Accepts alice and bob with {@link PASSWORD}. */
const verifyPassword: VerifyPassword = async ({ username, password }) =>
  ['alice', 'bob'].includes(username) && password === PASSWORD ? { subject: username, scopes: ['items:read'] } : null

// All servers of a test open each other's cookies.
const SECRET = 'bm90IGEgc2VjcmV0OiBvbmx5IHRlc3RzIHVzZSBpdCE='

/** The members in which the servers of a test differ from each other. */
export interface Setting {
  readonly origin: string
  readonly store?: Store
  readonly options?: Partial<PasswordLoginOptions>
  /** The clock of the server and of its store. */
  readonly now?: () => number
  /** What every user may do: the scopes of the server. */
  readonly permissions?: readonly string[]
  readonly roles?: Readonly<Record<string, readonly string[]>>
  readonly trustProxy?: string
  /** Whether the login is in a child context. */
  readonly isChild?: boolean
  /** Registers more plugins, before the login or after it. */
  readonly before?: (app: FastifyInstance) => Promise<unknown>
  readonly after?: (app: FastifyInstance) => Promise<unknown>
}

/** A server with real sessions: `GET /me` needs a login, and `GET /danger` one of the last minute. */
export async function buildServer({
  origin,
  now = Date.now,
  store = memoryStore({ now }),
  options = {},
  permissions = [],
  roles = {},
  trustProxy,
  isChild = false,
  before,
  after
}: Setting): Promise<FastifyInstance> {
  const app: FastifyInstance = Fastify({ ...(trustProxy !== undefined && { trustProxy }) })
  const scopes = Object.fromEntries(permissions.map((scope) => [scope, scope]))
  await app.register(guard, { now, scopes, roles, permissions: async () => permissions })
  await app.register(session, { secrets: [SECRET], store: atTime(store, now), origin, loginPath: '/login', now })
  await before?.(app)
  const own = { store: atTime(store, now), verifyPassword, now, ...options }
  if (isChild)
    await app.register(async (child) => {
      await child.register(passwordLogin, own)
    })
  else await app.register(passwordLogin, own)
  await after?.(app)
  app.get('/me', { config: { access: authenticated } }, async (request) => app.sessions.current(request))
  app.get('/danger', { config: { access: recentLogin({ maxAge: 60 }) } }, async ({ principal }) => principal.subject)
  return app
}
