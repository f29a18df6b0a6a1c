import { fileURLToPath } from 'node:url'
import formbody from '@fastify/formbody'
import guard, { authenticated, recentLogin } from '@latchkey/guard'
import passwordLogin from '@latchkey/password-login'
import { argon2Passwords, hashPassword, passwordPolicy } from '@latchkey/passwords'
import session from '@latchkey/session'
import type { Store } from '@latchkey/store'
import Fastify, { type FastifyInstance } from 'fastify'
import { secretOf } from '../secret.ts'
import { stopOnSignal } from '../stopping.ts'
import { openStorage } from '../storage.ts'
import { accountPage } from './account-page.ts'
import { addUser, findUser } from './users.ts'

/** The settings of the server. */
export interface PasswordSessions {
  readonly origin: string
  readonly sessionSecret: string
  readonly store: Store
}

/** A site whose users log in with a password, stay logged in, see their devices and change their password. */
export async function build(
  { origin, sessionSecret, store }: PasswordSessions,
  app = Fastify()
): Promise<FastifyInstance> {
  const { accounts } = store
  const policy = passwordPolicy()
  await app.register(formbody)
  await app.register(guard)
  await app.register(session, { secrets: [sessionSecret], store, origin, loginPath: '/login' })
  await app.register(passwordLogin, {
    store,
    verifyPassword: argon2Passwords({
      findUser: async (username) => findUser(store, username),
      storeHash: async ({ subject, passwordHash }, stronger) =>
        accounts.setPasswordHash(subject, stronger, passwordHash)
    })
  })

  app.get('/', { config: { access: authenticated } }, async (request, reply) => {
    const { subject } = request.principal
    const name = (await accounts.find(subject))?.profile.name ?? subject
    const sessions = await app.sessions.list(subject)
    const { html, headers } = accountPage(name, sessions, app.sessions.current(request)?.id, policy.minLength)
    return reply.type('text/html; charset=utf-8').headers(headers).send(html)
  })
  app.post<{ Body: { id: string } }>('/sessions/end', { config: { access: authenticated } }, async (request, reply) => {
    await app.sessions.end(request.principal.subject, request.body.id)
    return reply.redirect('/', 303)
  })
  app.post<{ Body: { password: string } }>(
    '/password',
    { config: { access: recentLogin({ maxAge: 600 }) } },
    async (request, reply) => {
      const { password } = request.body
      const { subject } = request.principal
      if ((await policy.weaknessOf(password)) !== null) return reply.code(400).send('Choose another password.')
      await accounts.setPasswordHash(subject, await hashPassword(password))
      await app.guard.revokeAll(subject)
      return reply.redirect('/login', 303)
    }
  )
  app.post('/logout', { config: { access: authenticated } }, async (_request, reply) => {
    await reply.signOut()
    return reply.redirect('/login', 303)
  })
  return app
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const port = Number(process.env.PORT ?? 3000)
  const origin = `http://localhost:${port}`
  const store = await openStorage(process.env)
  const app = Fastify({ logger: { level: 'warn' } })
  stopOnSignal(app)
  app.addHook('onClose', async () => store.close())
  await addUser(store, 'alice', 'wonderland in winter')
  await build({ origin, sessionSecret: await secretOf(process.env, 'SESSION_SECRET'), store }, app)
  await app.listen({ port, host: 'localhost' })
  console.log(`Open ${origin} and log in as alice with "wonderland in winter"`)
}
