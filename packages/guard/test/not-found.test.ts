import Fastify, { type FastifyRequest } from 'fastify'
import t from 'tap'
import guard, { allOf, authenticated, everyone, noAuthentication } from '@latchkey/guard'
import { keyAuthenticator } from './fixtures/key-authenticator.ts'

const PAGE = 'the private page'

t.test('callNotFound() applies the rule of its target handler (K1.2)', async (t) => {
  const app = Fastify()
  t.teardown(() => app.close())
  const ran: string[] = []
  await app.register(guard)
  app.guard.addAuthenticator(keyAuthenticator())
  app.setNotFoundHandler(async ({ principalIfAny }, reply) =>
    reply.code(404).send(`nothing for ${principalIfAny?.subject}`)
  )
  app.register(
    async (area) => {
      area.guard.require(authenticated)
      area.addHook('preHandler', async ({ url }) => void ran.push(`hook ${url}`))
      area.setNotFoundHandler(
        { preHandler: async ({ url }: FastifyRequest) => void ran.push(`own ${url}`) },
        async () => PAGE
      )
      area.get('/asks-more', { config: { access: allOf('a') } }, async (_request, reply) => reply.callNotFound())
      area.register(
        async (inner) => {
          inner.guard.require(allOf('inner'))
          inner.setNotFoundHandler(async () => `inner ${PAGE}`)
          inner.get('/route', async (_request, reply) => reply.callNotFound())
        },
        { prefix: '/inner' }
      )
      area.register(async (sub) => void sub.get('/sub', async (_request, reply) => reply.callNotFound()))
    },
    { prefix: '/area' }
  )
  app.register(
    async (open) => {
      // Outside the area: its prefix leads to the root's handler.
      open.get('/x', { config: { access: noAuthentication } }, async (_request, reply) => reply.callNotFound())
      open.get('/known', { config: { access: everyone } }, async (_request, reply) => reply.callNotFound())
    },
    { prefix: '/open' }
  )
  const ask = async (url: string, key?: string): Promise<[number, string]> => {
    const { statusCode, body } = await app.inject({ url, headers: key === undefined ? {} : { key } })
    return [statusCode, statusCode < 400 || statusCode === 404 ? body : '']
  }
  t.same(await ask('/open/x', 'ann'), [404, 'nothing for undefined'])
  t.same(await ask('/open/known', 'ann'), [404, 'nothing for ann'], 'the principal of the route remains')
  t.same(await ask('/area/none'), [401, ''])
  t.same(await ask('/area/inner/none'), [401, ''])
  t.same(await ask('/area/inner/none', 'ann'), [403, ''])
  t.same(await ask('/area/inner/none', 'ann inner'), [200, `inner ${PAGE}`])
  t.same(await ask('/area/inner/route', 'ann inner'), [200, `inner ${PAGE}`])
  t.same(
    ran.splice(0).filter((line) => !line.includes('inner')),
    [],
    'no hook of the handler runs for an unauthorized caller'
  )
  t.same(await ask('/area/sub', 'ann'), [200, PAGE])
  t.same(await ask('/area/asks-more', 'ann'), [403, ''])
  t.same(await ask('/area/asks-more', 'ann a'), [200, PAGE])
})
