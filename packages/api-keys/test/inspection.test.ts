import apiKeys from '@latchkey/api-keys'
import guard from '@latchkey/guard'
import { inspections } from '@latchkey/guard/plugin'
import { memoryStore } from '@latchkey/store/memory'
import Fastify from 'fastify'
import t from 'tap'

t.test('describes API keys to tools', async (t) => {
  const now = (): number => 0
  const app = Fastify()
  await app.register(guard)
  await app.register(apiKeys, { prefix: 'acme', store: memoryStore({ now }), now })
  await app.ready()
  t.same(
    inspections(app).filter(({ plugin }) => plugin === '@latchkey/api-keys'),
    [{ plugin: '@latchkey/api-keys', facts: { store: { inMemory: true, clockAheadBy: 0 } } }]
  )
  await app.close()
})
