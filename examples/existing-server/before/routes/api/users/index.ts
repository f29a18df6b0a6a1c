import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { NewPassword } from '../../../../shared/schemas.ts'

const users: FastifyPluginAsyncTypebox = async (fastify) => {
  const { passwords, usersRepository } = fastify

  fastify.put('/password', { schema: { body: NewPassword } }, async (request, reply) => {
    const { currentPassword, newPassword } = request.body
    const row = await usersRepository.findByEmail(request.session.user?.email ?? '')
    if (row === undefined || !(await passwords.verify(currentPassword, row.password))) {
      return reply.code(401).send({ message: 'The current password is wrong.' })
    }
    await usersRepository.updatePassword(row.id, await passwords.hash(newPassword))
    return reply.code(204).send()
  })
}

export default users
