import Fastify from 'fastify'
import t from 'tap'
import guard, { authenticated } from '@latchkey/guard'
import { addInspection, inspections } from '@latchkey/guard/plugin'
import { throwsLike } from '@latchkey/exact'

t.test('returns the facts of the plugins of all contexts as they are when asked', async (t) => {
  const app = Fastify()
  let count = 1
  t.same(inspections(app), [])
  await app.register(async (child) => {
    addInspection(child, { plugin: 'a', facts: () => ({ count, left: undefined }) })
  })
  addInspection(app, { plugin: 'b', facts: () => ({ list: ['x'] }) })
  count = 2
  await app.ready()
  t.same(inspections(app), [
    { plugin: 'a', facts: { count: 2 } },
    { plugin: 'b', facts: { list: ['x'] } }
  ])
})

t.test('describes each guard with its routes', async (t) => {
  const app = Fastify({ exposeHeadRoutes: false })
  for (const prefix of ['/a', '/b']) {
    await app.register(
      async (area) => {
        await area.register(guard, { undeclared: prefix === '/a' ? 'allow' : 'deny' })
        area.get('/me', { config: { access: authenticated } }, async () => 'me')
      },
      { prefix }
    )
  }
  await app.ready()
  const route = (url: string) => ({ method: 'GET', url, rule: { kind: 'authenticated' }, sources: ['route'] })
  t.same(inspections(app), [
    { plugin: '@latchkey/guard', facts: { prefix: '/a', undeclared: 'allow', routes: [route('/a/me')] } },
    { plugin: '@latchkey/guard', facts: { prefix: '/b', undeclared: 'deny', routes: [route('/b/me')] } }
  ])
})

t.test('refuses an inspection without a name or without facts', async (t) => {
  const message = /^addInspection\(\): argument "inspection"/
  throwsLike(t, () => addInspection(Fastify(), { plugin: '', facts: () => ({}) }), { message })
  throwsLike(t, () => addInspection(Fastify(), { plugin: 'a' } as never), { message })
})
