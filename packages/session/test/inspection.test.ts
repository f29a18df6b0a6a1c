import { randomBytes } from 'node:crypto'
import Fastify from 'fastify'
import t from 'tap'
import guard from '@latchkey/guard'
import { inspections } from '@latchkey/guard/plugin'
import { fingerprint } from '@latchkey/secrets'
import session, { type SessionOptions } from '@latchkey/session'
import { memoryStore } from '@latchkey/store/memory'

const secret = randomBytes(32).toString('base64url')

for (const [name, options, facts] of [
  [
    'with an origin',
    { origin: 'https://app.example.com' },
    {
      origin: 'https://app.example.com',
      cookie: { name: '__Host-session', secure: true, sameSite: 'lax' }
    }
  ],
  [
    'without an origin',
    { insecureCookie: true, sameSite: 'strict' },
    { origin: null, cookie: { name: 'session', secure: false, sameSite: 'strict' } }
  ]
] as const satisfies readonly (readonly [string, Partial<SessionOptions>, object])[]) {
  t.test(`describes a session ${name} to tools, without its secret`, async (t) => {
    const app = Fastify()
    await app.register(guard)
    await app.register(session, { secrets: [secret], store: memoryStore({ now: () => 0 }), now: () => 0, ...options })
    await app.ready()
    const found = inspections(app).filter(({ plugin }) => plugin === '@latchkey/session')
    const common = { secrets: [fingerprint(secret)], store: { inMemory: true, clockAheadBy: 0 } }
    t.same(found, [{ plugin: '@latchkey/session', facts: { ...facts, ...common } }])
    t.notOk(JSON.stringify(inspections(app)).includes(secret))
    await app.close()
  })
}
