import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { User } from '../../../plugins/users-repository.ts'
import { Assignment, NewTask, TaskParams } from '../../../../shared/schemas.ts'

const tasks: FastifyPluginAsyncTypebox = async (fastify) => {
  const { tasksRepository } = fastify

  fastify.get('/', async () => tasksRepository.list())

  fastify.post('/', { schema: { body: NewTask } }, async (request, reply) => {
    const { id: author_id } = request.session.user as User // autohooks.ts requires one
    return reply.code(201).send({ id: await tasksRepository.create({ ...request.body, author_id }) })
  })

  fastify.post(
    '/:id/assign',
    {
      schema: { params: TaskParams, body: Assignment },
      preHandler: async (request, reply) => request.requireRole(reply, 'moderator')
    },
    async (request, reply) => {
      const count = await tasksRepository.assign(request.params.id, request.body.userId)
      return reply.code(count > 0 ? 204 : 404).send()
    }
  )

  fastify.delete(
    '/:id',
    {
      schema: { params: TaskParams },
      preHandler: async (request, reply) => request.requireRole(reply, 'admin')
    },
    async (request, reply) => {
      const count = await tasksRepository.delete(request.params.id)
      return reply.code(count > 0 ? 204 : 404).send()
    }
  )
}

export default tasks
