import type { FastifyInstance } from 'fastify'

const PUBLIC = ['/api/auth/login', '/api/auth/csrf-token']

export default async function api(fastify: FastifyInstance) {
  fastify.addHook('onRequest', async (request, reply) => {
    if (PUBLIC.includes(request.routeOptions.url ?? '')) return
    if (!request.session.user) return reply.code(401).send({ message: 'You must log in.' })
  })
  fastify.addHook('onRequest', (request, reply, next) => {
    if (['GET', 'HEAD'].includes(request.method) || PUBLIC.includes(request.routeOptions.url ?? '')) next()
    else fastify.csrfProtection(request, reply, next)
  })
}
