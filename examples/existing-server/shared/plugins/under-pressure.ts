import underPressure from '@fastify/under-pressure'
import fp from 'fastify-plugin'

export default fp(
  async (fastify) => {
    await fastify.register(underPressure, {
      maxEventLoopDelay: 1000,
      exposeStatusRoute: '/status',
      healthCheck: async () => {
        await fastify.knex.raw('select 1')
        return true
      }
    })
  },
  { name: 'under-pressure', dependencies: ['knex'] }
)
