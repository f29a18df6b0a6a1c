import passwordLogin from '@latchkey/password-login'
import { argon2Passwords, scryptHexHashes } from '@latchkey/passwords'
import session from '@latchkey/session'
import { sqlStore } from '@latchkey/store/sql'
import fp from 'fastify-plugin'

export default fp(
  async (fastify) => {
    const { usersRepository } = fastify
    const store = sqlStore({ file: process.env.SESSION_FILE ?? 'sessions.sqlite' })
    await store.migrate()
    fastify.addHook('onClose', async () => store.close())
    await fastify.register(session, {
      secrets: [process.env.SESSION_SECRET],
      store,
      origin: process.env.ORIGIN,
      loginPath: '/login',
      idleTimeout: 1800
    })
    await fastify.register(passwordLogin, {
      store,
      loginName: 'email',
      verifyPassword: argon2Passwords({
        async findUser(email) {
          const row = await usersRepository.findByEmail(email)
          return row && { ...row, subject: String(row.id), passwordHash: row.password }
        },
        storeHash: async (user, stronger) => usersRepository.replaceHash(user.id, user.password, stronger),
        legacyHashes: [scryptHexHashes({ cost: 65_536, blockSize: 8, parallelization: 2 })]
      })
    })
  },
  { name: 'session', dependencies: ['authorization', 'swagger'] }
)
