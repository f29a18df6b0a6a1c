import { randomBytes } from 'node:crypto'
import guard from '@latchkey/guard'
import { inspections } from '@latchkey/guard/plugin'
import login, { discord } from '@latchkey/login'
import session from '@latchkey/session'
import { memoryStore } from '@latchkey/store/memory'
import Fastify from 'fastify'
import t from 'tap'

const [secret, clientSecret] = [1, 2].map(() => randomBytes(32).toString('base64url')) as [string, string]

t.test('tells tools that a login with the secrets of the session has none of its own', async (t) => {
  const app = Fastify()
  const store = memoryStore()
  await app.register(guard)
  await app.register(session, { origin: 'https://app.example.com', secrets: [secret], store })
  await app.register(login, { store, providers: [discord({ clientId: 'app', clientSecret })] })
  await app.ready()
  t.same(
    inspections(app).flatMap(({ plugin, facts }) => (plugin === '@latchkey/login' ? [facts['secrets']] : [])),
    [[]]
  )
  await app.close()
})
