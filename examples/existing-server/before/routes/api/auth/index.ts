import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Credentials } from '../../../../shared/schemas.ts'

const auth: FastifyPluginAsyncTypebox = async (fastify) => {
  const { passwords, usersRepository } = fastify

  fastify.post('/login', { schema: { body: Credentials } }, async (request, reply) => {
    const row = await usersRepository.findByEmail(request.body.email)
    if (row === undefined || row.disabled || !(await passwords.verify(request.body.password, row.password))) {
      return reply.code(401).send({ message: 'The e-mail address or the password is wrong.' })
    }
    const { id, username, email } = row
    await request.session.regenerate()
    request.session.user = { id, username, email, roles: await usersRepository.findRoles(id) }
    return { success: true }
  })

  fastify.get('/csrf-token', async (_request, reply) => ({ token: reply.generateCsrf() }))

  fastify.post('/logout', async (request, reply) => {
    await request.session.destroy()
    return reply.code(204).send()
  })
}

export default auth
