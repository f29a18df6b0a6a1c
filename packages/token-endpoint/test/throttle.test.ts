import type { FastifyServerOptions } from 'fastify'
import t from 'tap'
import { like } from '@latchkey/exact'
import { type Grant, TokenError } from '@latchkey/token-endpoint'
import { server } from './fixtures/server.ts'

/** A server whose password grant ends with `outcome`, and its log. */
async function throttling(outcome: () => Promise<null>, fastify: FastifyServerOptions = {}) {
  const logged: { level: number; msg: string }[] = []
  const logger = { stream: { write: (line: string) => void logged.push(JSON.parse(line)) } }
  const now = Date.now()
  const { app, post } = await server({ now: () => now }, { fastify: { ...fastify, logger }, grants: [] })
  const throttle = app.tokenEndpoint.throttle('passwords', { failures: 1, window: 60 })
  const grant: Grant = {
    grantType: 'password',
    async handle({ client: { clientId }, request }) {
      await throttle.attempt({ account: 'ada', clientId, request }, outcome)
      throw new TokenError('invalid_grant', 'No.')
    }
  }
  app.tokenEndpoint.addGrant(grant)
  const warnings = (): string[] => logged.filter(({ level }) => level === 40).map(({ msg }) => msg)
  const attempt = async (headers = {}) => post({ grant_type: 'password' }, { headers, remoteAddress: '10.0.0.1' })
  return { app, attempt, warnings }
}

for (const [name, outcome] of [
  ['null', async () => null],
  ['a TokenError below 500', async () => Promise.reject(new TokenError('invalid_grant', 'No.'))]
] as const) {
  t.test(`answers 429 temporarily_unavailable after a guess that ends with ${name} (SEC-27)`, async (t) => {
    const { attempt } = await throttling(outcome)
    like(t, await attempt(), { status: 400, body: { error: 'invalid_grant' } })
    like(t, await attempt(), {
      status: 429,
      headers: { 'retry-after': '60' },
      body: { error: 'temporarily_unavailable', error_description: 'Too many attempts' }
    })
  })
}

t.test('does not count a guess that ends with a TokenError from 500 (FAULT-11)', async (t) => {
  const { attempt } = await throttling(async () => Promise.reject(new TokenError('server_error', 'down')))
  for (let time = 0; time < 3; time++) like(t, await attempt(), { status: 500, body: { error: 'server_error' } })
})

t.test('warns at the start when Fastify trusts every proxy (K4.2)', async (t) => {
  const { app, warnings } = await throttling(async () => null, { trustProxy: true })
  await app.ready()
  t.equal(warnings().length, 1)
  t.match(warnings()[0], /^@latchkey\/token-endpoint: Fastify trusts every proxy \(trustProxy: true\)/)
})

t.test('warns once about a proxy that Fastify does not trust (K4.2)', async (t) => {
  const { attempt, warnings } = await throttling(async () => null)
  for (let time = 0; time < 3; time++) await attempt({ 'x-forwarded-for': '203.0.113.7' })
  const untrusted = '@latchkey/token-endpoint: A request comes from a proxy that Fastify does not trust'
  t.equal(warnings().filter((msg) => msg.startsWith(untrusted)).length, 1)
})
