import { fileURLToPath } from 'node:url'
import formbody from '@fastify/formbody'
import guard, { authenticated } from '@latchkey/guard'
import passwordLogin, { type SendMail, storeUsers } from '@latchkey/password-login'
import { argon2Passwords } from '@latchkey/passwords'
import session from '@latchkey/session'
import type { Store } from '@latchkey/store'
import Fastify, { type FastifyInstance } from 'fastify'
import { secretOf } from '../secret.ts'
import { stopOnSignal } from '../stopping.ts'
import { openStorage } from '../storage.ts'
import { accountPage } from './account-page.ts'
import { printMail } from './mail.ts'

/** The settings of the server. */
export interface PasswordSessions {
  readonly origin: string
  readonly sessionSecret: string
  readonly store: Store
  readonly sendMail: SendMail
}

/** A site whose users sign up, log in with a password, see their devices, and manage their password and e-mail address. */
export async function build(
  { origin, sessionSecret, store, sendMail }: PasswordSessions,
  app = Fastify()
): Promise<FastifyInstance> {
  const users = storeUsers(store)
  await app.register(formbody)
  await app.register(guard)
  await app.register(session, { secrets: [sessionSecret], store, origin, loginPath: '/login' })
  await app.register(passwordLogin, {
    store,
    loginName: 'email',
    verifyPassword: argon2Passwords({ findUser: users.findUser, storeHash: users.storeHash }),
    account: { users, sendMail, signUp: true, resetPassword: true, changePassword: true, changeEmail: true }
  })

  app.get('/', { config: { access: authenticated } }, async (request, reply) => {
    const { subject } = request.principal
    const user = await users.findBySubject(subject)
    const sessions = await app.sessions.list(subject)
    const { html, headers } = accountPage(user?.email ?? subject, {
      sessions,
      currentSession: app.sessions.current(request)?.id,
      paths: app.passwordLogin.accountPaths
    })
    return reply.type('text/html; charset=utf-8').headers(headers).send(html)
  })
  app.post<{ Body: { id: string } }>('/sessions/end', { config: { access: authenticated } }, async (request, reply) => {
    await app.sessions.end(request.principal.subject, request.body.id)
    return reply.redirect('/', 303)
  })
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
  const sessionSecret = await secretOf(process.env, 'SESSION_SECRET')
  await build({ origin, sessionSecret, store, sendMail: printMail }, app)
  await app.listen({ port, host: 'localhost' })
  console.log(`Open ${origin}/login/sign-up and create an account. Mail is printed here.`)
}
