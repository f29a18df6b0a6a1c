import fp from 'fastify-plugin'
import knex, { type Knex } from 'knex'
import { createTables } from '../tables.ts'

declare module 'fastify' {
  interface FastifyInstance {
    knex: Knex
  }
}

export default fp(
  async (fastify) => {
    const connection = { filename: process.env.DATABASE_FILE ?? 'tasks.sqlite' }
    const database = knex({ client: 'better-sqlite3', connection, useNullAsDefault: true })
    fastify.addHook('onClose', async () => database.destroy())
    await createTables(database)
    fastify.decorate('knex', database)
  },
  { name: 'knex' }
)
