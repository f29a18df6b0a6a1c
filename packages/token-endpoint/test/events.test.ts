import { randomBytes } from 'node:crypto'
import t, { type Test } from 'tap'
import { like } from '@latchkey/exact'
import { heard } from '@latchkey/exact/heard'
import { memoryStore } from '@latchkey/store/memory'
import type { ThrottleEvent } from '@latchkey/throttle'
import {
  generateClientSecret,
  type KeyRotationEvent,
  type RevocationEvent,
  storedKeys,
  type TokenEvent
} from '@latchkey/token-endpoint'
import { clock } from './fixtures/clock.ts'
import { basic, started } from './fixtures/server.ts'

const { clientSecret, clientSecretHash } = generateClientSecret()
const grantTypes = ['password', 'refresh_token']
const clients = [{ clientId: 'app', clientSecretHash, grantTypes }]
const HASH = /^[\w-]{43}$/

t.test('publishes issued tokens, and refused requests with their code and client (SEC-149)', async (t) => {
  const lines: string[] = []
  const logger = { stream: { write: (line: string) => void lines.push(line) } }
  const { login, post, introspect } = await started(t, { clients }, { fastify: { logger } })
  const events = heard<TokenEvent>(t, 'latchkey:token')
  const headers = basic('app', clientSecret)
  const { body } = await login({}, { headers })
  await login({ password: 'canary-password' }, { headers })
  await login({}, { headers: basic('canary-client', 'canary-secret') })
  await introspect('canary-token', {}, { headers })
  await post({}, { url: '/token', method: 'PUT' })
  const expected = [
    { kind: 'issued', grantType: 'password', clientId: 'app', subject: 'alice', family: HASH },
    { kind: 'refused', code: 'invalid_grant', statusCode: 400, route: '/token', clientId: 'app' },
    { kind: 'refused', code: 'invalid_client', statusCode: 401, route: '/token', clientId: null },
    { kind: 'refused', code: 'invalid_request', statusCode: 405, route: '/token', clientId: null }
  ]
  like(t, events, expected)
  t.equal(events.length, expected.length, 'an introspection is not published')
  like(t, heardIn(lines, 'latchkey:token'), expected)
  for (const said of [JSON.stringify(events), lines.join('')]) {
    t.notMatch(said, /canary/)
    for (const token of [body.access_token, body.refresh_token, clientSecret]) t.notOk(said.includes(token))
  }
})

t.test('publishes the reuse of a refresh token and the revocation of its family (SEC-149)', async (t) => {
  const time = clock()
  const { login, refresh } = await started(t, { now: time.now })
  const tokens = heard<TokenEvent>(t, 'latchkey:token')
  const revocations = heard<RevocationEvent>(t, 'latchkey:revocation')
  const { body } = await login()
  await refresh(body.refresh_token)
  time.seconds += 16
  await refresh(body.refresh_token)
  const whose = { clientId: 'first-party', subject: 'alice', family: HASH }
  like(t, tokens, [
    { kind: 'issued', grantType: 'password', ...whose },
    { kind: 'issued', grantType: 'refresh_token', ...whose },
    { kind: 'reused', ...whose },
    { kind: 'refused', code: 'invalid_grant' }
  ])
  like(t, revocations, [{ kind: 'family', ...whose, reason: 'reuse' }])
  const families = [...tokens, ...revocations].flatMap((event) => ('family' in event ? [event.family] : []))
  t.equal(families.length, 4)
  t.equal(new Set(families).size, 1, 'all events name the same family')
})

t.test('publishes each revocation after it is stored (SEC-149)', async (t) => {
  const lines: string[] = []
  const logger = { stream: { write: (line: string) => void lines.push(line) } }
  const { app, login, revoke } = await started(t, {}, { fastify: { logger } })
  const events = heard<RevocationEvent>(t, 'latchkey:revocation')
  const { body } = await login()
  await revoke(body.access_token)
  await revoke(body.refresh_token)
  await revoke('nothing-of-ours')
  await app.tokenEndpoint.revokeAll('alice')
  const whose = { clientId: 'first-party', subject: 'alice' }
  const expected = [
    { kind: 'token', token: HASH, ...whose },
    { kind: 'family', family: HASH, ...whose, reason: 'requested' },
    { kind: 'subject', subject: 'alice' }
  ]
  like(t, events, expected)
  t.equal(events.length, expected.length)
  like(t, heardIn(lines, 'latchkey:revocation'), expected)
})

t.test('publishes no revocation while the store is down', async (t) => {
  const store = memoryStore()
  const down = { ...store.revocations, revoke: () => Promise.reject(new Error('down')) }
  const { login, revoke } = await started(t, { store: { ...store, revocations: down } })
  const events = heard<RevocationEvent>(t, 'latchkey:revocation')
  const { body } = await login()
  t.equal((await revoke(body.access_token)).status, 500)
  t.same(events, [])
})

t.test('publishes throttled attempts without the client identifier of the request (SEC-149)', async (t) => {
  const lines: string[] = []
  const logger = { stream: { write: (line: string) => void lines.push(line) } }
  const options = { clients, clientThrottle: { failures: 1 } }
  const { login } = await started(t, options, { fastify: { logger } })
  const events = heard<ThrottleEvent>(t, 'latchkey:throttle')
  for (const _ of [1, 2]) await login({}, { headers: basic('canary-client', 'canary-secret') })
  const expected = [
    {
      kind: 'throttled',
      throttle: 'client secrets',
      account: HASH,
      clientId: null,
      limit: 'account and address',
      retryAfter: Number
    }
  ]
  like(t, events, expected)
  like(t, heardIn(lines, 'latchkey:throttle'), expected)
  t.notMatch(lines.join(''), /canary/)
})

t.test('publishes a created signing key, and a key that cannot be decrypted (SEC-149)', async (t) => {
  const store = memoryStore()
  const events = heard<KeyRotationEvent>(t, 'latchkey:key-rotation')
  const [one, other] = [randomSecret(), randomSecret()]
  const { app } = await started(t, { store, keys: storedKeys({ store, secrets: [one] }) })
  await app.tokenEndpoint.rotateKeys()
  const made = { kind: 'made', kid: String, activeFrom: Number }
  like(t, events, [
    { ...made, forced: false },
    { ...made, forced: true }
  ])
  await t.rejects(started(t, { store, keys: storedKeys({ store, secrets: [other] }) }))
  like(t, events.slice(2), [{ kind: 'unreadable' }, { kind: 'unreadable' }])
  t.same(
    events.slice(2).map(({ kid }) => kid),
    events.slice(0, 2).map(({ kid }) => kid)
  )
})

t.test('an error of a subscriber does not change the answer, and Node reports it', async (t) => {
  const { login } = await started(t)
  const thrown = new Error('a fault of the subscriber')
  heard(t, 'latchkey:token', () => {
    throw thrown
  })
  const reported = uncaught(t)
  like(t, await login(), { status: 200, body: { access_token: String } })
  t.equal(await reported, thrown)
})

t.test('an event is frozen', async (t) => {
  const { login } = await started(t)
  const [event] = await heardDuring(t, () => login())
  t.ok(Object.isFrozen(event))
})

function randomSecret(): string {
  return randomBytes(32).toString('base64url')
}

async function heardDuring(t: Test, action: () => Promise<unknown>): Promise<readonly TokenEvent[]> {
  const events = heard<TokenEvent>(t, 'latchkey:token')
  await action()
  return events
}

// Replaces the handler that would otherwise end the process or the test.
function uncaught(t: Test): Promise<unknown> {
  const listeners = process.listeners('uncaughtException')
  process.removeAllListeners('uncaughtException')
  t.teardown(() => {
    for (const listener of listeners) process.on('uncaughtException', listener)
  })
  return new Promise((resolve) => process.once('uncaughtException', resolve))
}

/** The events of a channel in the log lines. */
function heardIn(lines: readonly string[], channel: string): readonly unknown[] {
  return lines.map((line) => JSON.parse(line) as { event?: unknown }).filter(({ event }) => event === channel)
}
