import { randomBytes } from 'node:crypto'
import type { Provider } from '@latchkey/login'
import { memoryStore } from '@latchkey/store/memory'
import type { FastifyInstance } from 'fastify'
import t from 'tap'
import { build as apiKeys } from '../../examples/api-keys/app.ts'
import { build as commandLine } from '../../examples/command-line/app.ts'
import { build as firstParty } from '../../examples/first-party/app.ts'
import { build as passwordSessions } from '../../examples/password-sessions/app.ts'
import { build as permissions } from '../../examples/providers-and-permissions/app.ts'
import { build as sessions } from '../../examples/sessions/app.ts'
import { build as showcase } from '../../examples/showcase/app.ts'
import { build as singlePageApp } from '../../examples/single-page-app/app.ts'
import { standIn } from '../stand-in.ts'

const origin = 'http://localhost:3000'
const secret = randomBytes(32).toString('base64url')

/** The examples with pages for people who log in, each with its login page. */
const examples: Readonly<Record<string, [loginPath: string, build: (provider: Provider) => Promise<FastifyInstance>]>> =
  {
    'api-keys': ['/', async () => apiKeys(origin, memoryStore(), secret)],
    'command-line': [
      '/login',
      async (provider) => commandLine({ origin, sessionSecret: secret, provider, store: memoryStore() })
    ],
    'first-party': ['/sign-in', async () => firstParty(origin)],
    'password-sessions': [
      '/login',
      async () => passwordSessions({ origin, sessionSecret: secret, store: memoryStore(), sendMail: async () => {} })
    ],
    'providers-and-permissions': [
      '/login',
      async (provider) =>
        permissions({
          origin,
          providers: [provider],
          sessionSecret: secret,
          keySecret: secret,
          store: memoryStore(),
          firstAdmin: { provider: 'discord', subject: 'ada' }
        })
    ],
    sessions: [
      '/login',
      async (provider) => sessions({ origin, sessionSecret: secret, provider, store: memoryStore() })
    ],
    showcase: ['/login', async () => showcase(origin)],
    'single-page-app': [
      '/login',
      async (provider) =>
        singlePageApp({
          origin,
          pageOrigin: 'http://localhost:3001',
          provider,
          sessionSecret: secret,
          keySecret: secret,
          store: memoryStore()
        })
    ]
  }

for (const [name, [loginPath, build]] of Object.entries(examples)) {
  t.test(`${name} sends an anonymous browser from each guarded page to ${loginPath}`, async (t) => {
    const app = await build((await standIn(t, 'discord')).provider)
    t.teardown(() => app.close())
    await app.ready()
    const pages = app.guard.routes().filter(({ method, url }) => method === 'GET' && !/[:*]/.test(url))
    const answers = await Promise.all(
      pages.map(async ({ url }) => {
        const headers = { accept: 'text/html', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' }
        const { statusCode, headers: sent } = await app.inject({ url, headers })
        return { url, statusCode, location: String(sent.location) }
      })
    )
    t.same(
      answers.filter(({ statusCode }) => statusCode === 401),
      []
    )
    const guarded = answers.filter(
      ({ url, location }) => location === `${loginPath}?returnTo=${encodeURIComponent(url)}`
    )
    t.ok(guarded.length > 0)
    t.same(
      guarded.map(({ statusCode }) => statusCode),
      guarded.map(() => 303)
    )
  })
}
