import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { hashPassword } from '@latchkey/passwords'
import { NewPassword } from '../../../../shared/schemas.ts'

const users: FastifyPluginAsyncTypebox = async (fastify) => {
  const { guard, passwordLogin, usersRepository } = fastify

  fastify.put('/password', { schema: { body: NewPassword } }, async (request, reply) => {
    const { currentPassword: password, newPassword } = request.body
    const { subject, user } = request.principal
    const verified = await passwordLogin.attempts.attempt({ username: user.email, password }, { request })
    if (verified === null) return reply.code(401).send({ message: 'The current password is wrong.' })
    await usersRepository.updatePassword(user.id, await hashPassword(newPassword))
    await guard.revokeAll(subject)
    return reply.code(204).send()
  })
}

export default users
