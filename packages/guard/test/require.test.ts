import Fastify, { type FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import t from 'tap'
import { throwsLike } from '@latchkey/exact'
import guard, { type AccessRule, allOf, authenticated } from '@latchkey/guard'
import { keyAuthenticator } from './fixtures/key-authenticator.ts'

t.test('app.guard.require() applies to the context of its app.guard', async (t) => {
  const app = Fastify()
  t.teardown(() => app.close())
  await app.register(guard)
  app.guard.addAuthenticator(keyAuthenticator())
  const shared = fp(async (context: FastifyInstance) => {
    const { require } = context.guard
    require(allOf('shared'))
  })
  app.register(async (area) => {
    area.get('/before', async () => 'before')
    area.register(async (inner) => {
      t.not(inner.guard, area.guard)
      t.equal(inner.guard, inner.guard)
      inner.guard.require(allOf('inner'))
      inner.get('/inner', async () => 'inner')
    })
    await area.register(shared)
    area.get('/after', async () => 'after')
  })
  app.get('/beside', { config: { access: authenticated } }, async () => 'beside')
  await app.ready()
  const rules = app.guard.routes().flatMap(({ method, url, rule }) => (method === 'GET' ? [[url, rule]] : []))
  t.same(Object.fromEntries(rules), {
    '/before': allOf('shared'),
    '/inner': allOf(allOf('shared'), allOf('inner')),
    '/after': allOf('shared'),
    '/beside': authenticated
  })
  t.equal((await app.inject({ url: '/inner', headers: { key: 'ann shared' } })).statusCode, 403)
  t.equal((await app.inject({ url: '/inner', headers: { key: 'ann shared inner' } })).statusCode, 200)
  t.equal((await app.inject({ url: '/beside', headers: { key: 'ann' } })).statusCode, 200)
})

t.test('app.guard.require() accepts only rules, and only before the server is ready', async (t) => {
  const app = Fastify()
  t.teardown(() => app.close())
  await app.register(guard)
  // The types forbid a list; JavaScript callers may pass one.
  throwsLike(t, () => app.guard.require(['a'] as unknown as AccessRule), {
    name: 'TypeError',
    message: /takes one rule/
  })
  await app.ready()
  throwsLike(t, () => app.guard.require(authenticated), { name: 'TypeError', message: /the server is ready already/ })
})
