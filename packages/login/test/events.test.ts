import t from 'tap'
import { like } from '@latchkey/exact'
import { heard } from '@latchkey/exact/heard'
import type { ProviderLoginEvent } from '@latchkey/login'
import { fakeProvider } from './fixtures/fake-provider.ts'
import { house, pathOf, server, started } from './fixtures/server.ts'

t.test('publishes the provider and the subject of a login (SEC-149)', async (t) => {
  const events = heard<ProviderLoginEvent>(t, 'latchkey:login')
  const { provider, browser } = await started(t)
  const alice = browser()
  await alice.login(provider)
  t.strictSame(events, [{ by: 'provider', kind: 'login', provider: 'house', subject: alice.session?.subject }])
  t.ok(events.every(Object.isFrozen))
})

t.test('publishes a linked identity (SEC-149)', async (t) => {
  const [one, other] = [await fakeProvider(t), await fakeProvider(t)]
  const { browser } = await server(t, { providers: [house(one, 'one'), house(other, 'other')] })
  const alice = browser()
  await alice.login(one, '/login/one')
  const events = heard<ProviderLoginEvent>(t, 'latchkey:login')
  const { headers } = await alice.post('/login/other/link')
  await alice.get(pathOf(other.agree(String(headers.location))))
  t.strictSame(events, [{ by: 'provider', kind: 'link', provider: 'other', subject: alice.session?.subject }])
})

t.test('publishes the error code of a failed login without request data (SEC-149)', async (t) => {
  const lines: string[] = []
  const logger = { stream: { write: (line: string) => void lines.push(line) } }
  const [one, other] = [await fakeProvider(t), await fakeProvider(t)]
  const providers = [house(one, 'one'), house(other, 'other')]
  const { app, browser } = await server(t, { providers }, { fastify: { logger } })
  const events = heard<ProviderLoginEvent>(t, 'latchkey:login')
  const alice = browser()
  await app.inject('/login/one/callback?state=canary-state&code=canary-code')
  await app.inject('/login/canary-provider')
  await app.inject({ method: 'PUT', url: '/login/one/callback' })
  await app.inject({ method: 'POST', url: '/logout', payload: 'canary', headers: { 'content-type': 'text/canary' } })
  const { headers } = await alice.get('/login/other')
  const state = new URL(String(headers.location)).searchParams.get('state') ?? ''
  await alice.get(`/login/other/callback?state=${state}&error=access_denied&error_description=canary`)
  await one.stop()
  await alice.get('/login/one')
  const failed = { by: 'provider', kind: 'failed' }
  const expected = [
    { ...failed, code: 'invalid_state', provider: 'one' },
    { ...failed, code: 'unknown_provider', provider: null },
    { ...failed, code: 'method_not_allowed', provider: 'one' },
    { ...failed, code: 'invalid_request', provider: null },
    { ...failed, code: 'access_denied', provider: 'other' },
    { ...failed, code: 'provider_unavailable', provider: 'one' }
  ]
  t.strictSame(events, expected)
  const told = lines.map((line) => JSON.parse(line) as { event?: string })
  like(
    t,
    told.filter(({ event }) => event === 'latchkey:login'),
    expected.map((event) => ({ level: event.code === 'provider_unavailable' ? 40 : 30, ...event }))
  )
  t.notMatch(JSON.stringify(events), /canary/)
  t.notOk(JSON.stringify(events).includes(state))
})
