import fp from 'fastify-plugin'
import type { Knex } from 'knex'

interface UserRow {
  readonly id: number
  readonly username: string
  readonly email: string
  readonly password: string
  readonly disabled: boolean
}

export interface User {
  readonly id: number
  readonly username: string
  readonly email: string
  readonly roles: readonly string[]
}

declare module 'fastify' {
  interface FastifyInstance {
    usersRepository: ReturnType<typeof usersRepository>
  }
}

function usersRepository(knex: Knex) {
  const users = () => knex<UserRow>('users')
  const roles = (id: number) => knex('user_roles').join('roles', 'roles.id', 'role_id').where('user_id', id)

  return {
    findByEmail: async (email: string) => users().where({ email }).first(),
    async findById(id: number): Promise<User | null> {
      const user = await users().select('id', 'username', 'email').where({ id, disabled: false }).first()
      return user ? { ...user, roles: await roles(id).pluck<string[]>('name') } : null
    },
    updatePassword: async (id: number, password: string) => users().where({ id }).update({ password }),
    replaceHash: async (id: number, old: string, password: string) =>
      users().where({ id, password: old }).update({ password })
  }
}

export default fp(
  async (fastify) => {
    fastify.decorate('usersRepository', usersRepository(fastify.knex))
  },
  { name: 'users-repository', dependencies: ['knex'] }
)
