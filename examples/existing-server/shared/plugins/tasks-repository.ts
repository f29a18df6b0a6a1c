import fp from 'fastify-plugin'
import type { Knex } from 'knex'

/** A row of the table of tasks. */
export interface TaskRow {
  readonly id: number
  readonly name: string
  readonly author_id: number
  readonly assigned_user_id: number | null
}

declare module 'fastify' {
  interface FastifyInstance {
    tasksRepository: ReturnType<typeof tasksRepository>
  }
}

function tasksRepository(knex: Knex) {
  const tasks = () => knex<TaskRow>('tasks')
  return {
    list: async () => tasks().orderBy('id'),
    async create(task: Pick<TaskRow, 'name' | 'author_id'>) {
      const [id] = await tasks().insert(task)
      return id
    },
    assign: async (id: number, userId: number) => tasks().where({ id }).update({ assigned_user_id: userId }),
    delete: async (id: number) => tasks().where({ id }).delete()
  }
}

export default fp(
  async (fastify) => {
    fastify.decorate('tasksRepository', tasksRepository(fastify.knex))
  },
  { name: 'tasks-repository', dependencies: ['knex'] }
)
