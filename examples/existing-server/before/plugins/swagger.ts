import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import fp from 'fastify-plugin'

export default fp(
  async (fastify) => {
    await fastify.register(swagger, { openapi: { info: { title: 'Tasks', version: '1.0.0' } } })
    await fastify.register(swaggerUi, { routePrefix: '/api/docs' })
  },
  { name: 'swagger' }
)
