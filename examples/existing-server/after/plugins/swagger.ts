import openapi from '@latchkey/openapi'
import fp from 'fastify-plugin'

export default fp(
  async (fastify) => {
    await fastify.register(openapi, { openapi: { info: { title: 'Tasks', version: '1.0.0' } }, ui: '/api/docs' })
  },
  { name: 'swagger' }
)
