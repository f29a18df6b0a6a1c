import { fileURLToPath } from 'node:url'
import guard, { authenticated } from '@latchkey/guard'
import login, { type Provider } from '@latchkey/login'
import session from '@latchkey/session'
import type { Store } from '@latchkey/store'
import Fastify, { type FastifyInstance } from 'fastify'
import { openDiscord } from '../identity-providers.ts'
import { secretOf } from '../secret.ts'
import { stopOnSignal } from '../stopping.ts'
import { openStorage } from '../storage.ts'

/** The settings of the server. */
export interface Sessions {
  /** Where people reach it. */
  readonly origin: string
  readonly provider: Provider
  /** Seals cookies, and what is kept of the provider's tokens. */
  readonly sessionSecret: string
  readonly store: Store
}

/** A server whose login opens a session: its cookie opens the pages that are closed to others. */
export async function build(given: Sessions, app = Fastify()): Promise<FastifyInstance> {
  const { origin, provider, sessionSecret, store } = given
  await app.register(guard)
  await app.register(session, { secrets: [sessionSecret], store, origin, loginPath: '/login' })
  await app.register(login, {
    store,
    providers: [provider],
    loginPath: '/login',
    callbackPath: '/auth',
    returnTo: '/privileged',
    // So that the provider can be asked later, too. The tokens stay here, encrypted.
    keepTokens: true
  })

  app.get('/privileged', { config: { access: authenticated } }, async () => 'Congratulations, you are logged in.')
  app.get('/users/me', { config: { access: authenticated } }, async (request, reply) => {
    const profile = await app.login.userinfo(request, provider.name)
    return profile ?? reply.code(409).send({ error: 'login_required', message: 'Log in again' })
  })
  return app
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const port = Number(process.env.PORT ?? 3000)
  const origin = `http://localhost:${port}`
  const store = await openStorage(process.env)
  const { provider, close } = await openDiscord(process.env)
  const app = Fastify({ logger: { level: 'warn' } })
  stopOnSignal(app)
  app.addHook('onClose', async () => {
    await Promise.all([store.close(), close()])
  })
  await build({ origin, provider, sessionSecret: await secretOf(process.env, 'SESSION_SECRET'), store }, app)
  await app.listen({ port, host: 'localhost' })
  console.log(`Open ${origin}/privileged, then ${origin}/login, then ${origin}/users/me`)
}
