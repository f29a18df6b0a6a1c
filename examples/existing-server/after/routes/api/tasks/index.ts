import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { allOf } from '@latchkey/guard'
import { Assignment, NewTask, TaskParams } from '../../../../shared/schemas.ts'

const tasks: FastifyPluginAsyncTypebox = async (fastify) => {
  const { tasksRepository } = fastify

  fastify.get('/', async () => tasksRepository.list())

  fastify.post('/', { schema: { body: NewTask } }, async (request, reply) => {
    const { id: author_id } = request.principal.user
    return reply.code(201).send({ id: await tasksRepository.create({ ...request.body, author_id }) })
  })

  fastify.post(
    '/:id/assign',
    {
      schema: { params: TaskParams, body: Assignment },
      config: { access: allOf('tasks:assign') }
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
      config: { access: allOf('tasks:delete') }
    },
    async (request, reply) => {
      const count = await tasksRepository.delete(request.params.id)
      return reply.code(count > 0 ? 204 : 404).send()
    }
  )
}

export default tasks
