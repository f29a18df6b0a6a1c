import { randomBytes } from 'node:crypto'
import Fastify from 'fastify'
import t from 'tap'
import { like } from '@latchkey/exact'
import guard from '@latchkey/guard'
import login, { discord } from '@latchkey/login'
import session from '@latchkey/session'
import { memoryStore } from '@latchkey/store/memory'
import tokenEndpoint, { generateSigningKey } from '@latchkey/token-endpoint'

t.test('a server whose plugins share memoryStore() warns of it once in production (K19.3)', async (t) => {
  const before = process.env['NODE_ENV']
  t.teardown(() => {
    if (before === undefined) delete process.env['NODE_ENV']
    else process.env['NODE_ENV'] = before
  })
  process.env['NODE_ENV'] = 'production'
  const lines: { level: number; msg: string }[] = []
  const stream = { write: (line: string) => void lines.push(JSON.parse(line) as (typeof lines)[number]) }
  const app = Fastify({ logger: { level: 'warn', stream } })
  t.teardown(() => app.close())
  const store = memoryStore()
  const origin = 'https://app.example.com'
  await app.register(guard)
  await app.register(session, { store, secrets: [randomBytes(32).toString('base64')], origin })
  await app.register(login, { store, providers: [discord({ clientId: 'app', clientSecret: 'opensesame' })] })
  await app.register(async (child) => {
    await child.register(tokenEndpoint, {
      store,
      issuer: origin,
      audience: 'urn:items',
      keys: [await generateSigningKey()]
    })
  })
  await app.ready()
  like(
    t,
    lines.filter(({ msg }) => msg.includes('in memory')),
    [{ level: 40, msg: /^The store is in memory, and NODE_ENV is production\. A restart loses/ }]
  )
})
