import guard, { everyone, noAuthentication } from '@latchkey/guard'
import fp from 'fastify-plugin'
import type { User } from './users-repository.ts'

declare module '@latchkey/guard' {
  interface PrincipalTypes {
    user: User
  }
}

export default fp(
  async (fastify) => {
    await fastify.register(guard, {
      scopes: { 'tasks:assign': 'Assign tasks', 'tasks:delete': 'Delete tasks' },
      roles: { moderator: ['tasks:assign'], admin: ['tasks:delete'] },
      resolveUser: async ({ subject }) => fastify.usersRepository.findById(Number(subject)),
      routes: { '/': everyone, '/status': noAuthentication }
    })
  },
  { name: 'authorization', dependencies: ['users-repository'] }
)
