// Runs in a process of its own: it watches the first import of modules.
import { watchModules } from '@latchkey/exact/late-modules'
import Fastify from 'fastify'
import type * as Latchkey from 'latchkey'
import t from 'tap'

const PARTS = [
  'authorization-endpoint',
  'bearer',
  'login',
  'openapi',
  'password-grant',
  'password-login',
  'session',
  'store',
  'token-endpoint'
].map((name) => `@latchkey/${name}`)
const HEAVY = ['@fastify/oauth2', '@fastify/secure-session', '@fastify/swagger', '@node-rs/argon2', 'kysely', 'ioredis']

t.test('imports a part only if an option names it', async (t) => {
  const modules = watchModules(...PARTS, ...HEAVY)
  const { default: latchkey } = await t.mockImport<typeof Latchkey>('../src/index.ts', {})
  const app = Fastify()
  t.teardown(() => app.close())
  await app.register(latchkey, {})
  await app.ready()
  t.same(await modules.names(), [])

  const issuers = [{ issuer: 'https://login.example.com', audience: 'https://api.example.com' }]
  const other = Fastify()
  t.teardown(() => other.close())
  await other.register(latchkey, { bearer: { issuers } })
  t.same(
    (await modules.names()).filter((name) => name !== '@latchkey/bearer'),
    []
  )
})
