import { fileURLToPath } from 'node:url'
import login, { type Provider } from '@latchkey/login'
import Fastify, { type FastifyInstance } from 'fastify'
import { openDiscord } from '../identity-providers.ts'
import { secretOf } from '../secret.ts'
import { stopOnSignal } from '../stopping.ts'

/** The settings of the server. */
export interface Basic {
  /** Where people reach it. */
  readonly origin: string
  readonly provider: Provider
  /** Seals the cookies that live from `/login` to `/auth`. */
  readonly loginSecret: string
}

/** The authorization code flow, and nothing after it: it ends with the tokens, as JSON. */
export async function build({ origin, provider, loginSecret }: Basic, app = Fastify()): Promise<FastifyInstance> {
  await app.register(login, {
    origin,
    secrets: [loginSecret],
    providers: [provider],
    loginPath: '/login',
    callbackPath: '/auth',
    // Shows what a provider sends. A real application keeps it: tokens do not belong into a browser.
    onLogin: ({ tokens, claims }, _request, reply) =>
      reply.send({
        access_token: tokens.accessToken,
        token_type: tokens.tokenType,
        expires_in: tokens.expiresAt && tokens.expiresAt - Math.floor(Date.now() / 1000),
        refresh_token: tokens.refreshToken,
        scope: tokens.scope,
        expires_at: tokens.expiresAt,
        // The claims of the ID token, verified. Discord sends none unless it is asked for `openid`.
        id_token_claims: tokens.idToken === null ? null : claims
      })
  })
  return app
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const port = Number(process.env.PORT ?? 3000)
  const origin = `http://localhost:${port}`
  const { provider, close } = await openDiscord(process.env)
  const loginSecret = await secretOf({ ...process.env, DATABASE_FILE: ':memory:' }, 'LOGIN_SECRET')
  const app = Fastify({ logger: { level: 'warn' } })
  stopOnSignal(app)
  app.addHook('onClose', close)
  await build({ origin, provider, loginSecret }, app)
  await app.listen({ port, host: 'localhost' })
  console.log(`Open ${origin}/login`)
}
