import Fastify, { type FastifyInstance, type FastifyServerOptions } from 'fastify'
import t, { type Test } from 'tap'
import { like } from '@latchkey/exact'
import guard, { noAuthentication } from '@latchkey/guard'
import { protocolRoute, sendProtocolAnswer } from '@latchkey/guard/plugin'
import openapi from '@latchkey/openapi'
import { documentOf } from './fixtures/operation.ts'

interface Line {
  readonly level: number
  readonly msg: string
  readonly routes?: readonly string[]
}

function logging(t: Test, options: FastifyServerOptions = {}): { app: FastifyInstance; lines: Line[] } {
  const lines: Line[] = []
  const stream = { write: (line: string) => void lines.push(JSON.parse(line) as Line) }
  const app = Fastify({ logger: { level: 'warn', stream }, ...options })
  t.teardown(() => app.close())
  return { app, lines }
}

const answer = async (): Promise<object> => ({})
const message = /^@latchkey\/openapi: the document lacks routes, .* Fix: register @latchkey\/openapi before the routes/

t.test('a warning at boot names the routes that were registered before openapi (K19.3)', async (t) => {
  const { app, lines } = logging(t)
  app.get('/items', answer)
  await app.register(async (child) => child.route({ method: ['PUT', 'PATCH'], url: '/:id', handler: answer }), {
    prefix: '/items'
  })
  await app.register(openapi)
  app.get('/late', answer)
  await app.ready()
  t.same(Object.keys((await documentOf(app)).paths), ['/late'])
  like(t, lines, [{ level: 40, msg: message, routes: ['GET /items', 'PUT,PATCH /items/:id'] }])
})

t.test('a warning names the routes that were added after a registration without await (K19.3)', async (t) => {
  const { app, lines } = logging(t)
  app.register(openapi)
  app.get('/items', answer)
  await app.ready()
  like(t, lines, [{ level: 40, msg: message, routes: ['GET /items'] }])
})

t.test('does not warn of earlier routes that the document does not contain (K19.3)', async (t) => {
  const { app, lines } = logging(t)
  await app.register(guard)
  app.get('/hidden', { config: { access: noAuthentication }, schema: { hide: true } }, answer)
  protocolRoute(app, {
    method: 'POST',
    url: '/token',
    config: { access: noAuthentication },
    documentation: { summary: 'A protocol' },
    handler: async (_request, reply) => sendProtocolAnswer(reply, { body: {} })
  })
  await app.register(async (sibling) => {
    sibling.get('/elsewhere', { config: { access: noAuthentication } }, answer)
  })
  await app.register(async (child) => {
    await child.register(openapi)
    child.get('/items', { config: { access: noAuthentication } }, answer)
  })
  await app.ready()
  t.same(lines, [])
})
