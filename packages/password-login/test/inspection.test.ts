import { inspections } from '@latchkey/guard/plugin'
import { memoryStore } from '@latchkey/store/memory'
import t from 'tap'
import { server } from './fixtures/server.ts'

t.test('describes a login with a password to tools', async (t) => {
  const now = (): number => 0
  const { app } = await server(t, { store: memoryStore({ now }), now })
  t.same(
    inspections(app).filter(({ plugin }) => plugin === '@latchkey/password-login'),
    [
      {
        plugin: '@latchkey/password-login',
        facts: { origin: 'https://app.example.com', store: { inMemory: true, clockAheadBy: 0 } }
      }
    ]
  )
})
