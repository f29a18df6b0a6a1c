import { randomBytes } from 'node:crypto'
import Fastify from 'fastify'
import t from 'tap'
import { inspections } from '@latchkey/guard/plugin'
import login, { discord, google } from '@latchkey/login'
import { fingerprint } from '@latchkey/secrets'
import { memoryStore } from '@latchkey/store/memory'
import { fakeSession } from './fixtures/fake-session.ts'

const [secret, clientSecret] = [1, 2].map(() => randomBytes(32).toString('base64url')) as [string, string]

t.test('describes a login to tools, with the fingerprints of its secrets', async (t) => {
  const app = Fastify()
  await app.register(login, {
    origin: 'https://app.example.com',
    secrets: [secret],
    store: memoryStore({ now: () => 0 }),
    now: () => 0,
    providers: [
      discord({ clientId: 'app', clientSecret }),
      { ...google({ clientId: 'app', clientSecret }), clientSecret: async () => clientSecret }
    ],
    onLogin: (_attempt, _request, reply) => reply.send({})
  })
  await app.ready()
  t.same(inspections(app), [
    {
      plugin: '@latchkey/login',
      facts: {
        origin: 'https://app.example.com',
        callbacks: [
          { provider: 'discord', redirectUri: 'https://app.example.com/login/discord/callback' },
          { provider: 'google', redirectUri: 'https://app.example.com/login/google/callback' }
        ],
        secrets: [fingerprint(secret)],
        clientSecrets: [fingerprint(clientSecret)],
        store: { inMemory: true, clockAheadBy: 0 }
      }
    }
  ])
  await app.close()
})

t.test('tells tools that a login has no store', async (t) => {
  const app = Fastify()
  const providers = [discord({ clientId: 'app', clientSecret })]
  await app.register(login, {
    origin: 'https://app.example.com',
    secrets: [secret],
    providers,
    onLogin: (_attempt, _request, reply) => reply.send({})
  })
  await app.ready()
  t.same(
    inspections(app).map(({ facts }) => facts['store']),
    [null]
  )
  await app.close()
})

t.test('tells tools that a login with the secrets of the session has none of its own', async (t) => {
  const app = Fastify()
  await app.register(fakeSession, { origin: 'https://app.example.com', sessions: new Map() })
  await app.register(login, { store: memoryStore(), providers: [discord({ clientId: 'app', clientSecret })] })
  await app.ready()
  t.same(
    inspections(app).map(({ facts }) => facts['secrets']),
    [[]]
  )
  await app.close()
})
