import t from 'tap'
import { like } from '@latchkey/exact'
import type { RefreshTokenStore } from '@latchkey/store'
import { memoryStore } from '@latchkey/store/memory'
import { clock } from './fixtures/clock.ts'
import { isRevoked, server } from './fixtures/server.ts'

const refused = { status: 400, body: { error: 'invalid_grant' } }

t.test('fifty concurrent refreshes return one successor (SEC-80, SEC-82)', async (t) => {
  const { login, refresh } = await server()
  const { body } = await login({ scope: 'items:read' })
  const answers = await Promise.all(Array.from({ length: 50 }, () => refresh(body.refresh_token)))
  t.same([...new Set(answers.map(({ status }) => status))], [200])
  t.equal(new Set(answers.map((answer) => answer.body.refresh_token)).size, 1)
  t.equal(new Set(answers.map((answer) => answer.body.access_token)).size, 50)
  like(t, await refresh(answers[0]?.body.refresh_token), { status: 200 })
})

t.test(
  'one of fifty concurrent refreshes succeeds without a grace period, and the family ends (SEC-80, SEC-81)',
  async (t) => {
    const { login, refresh } = await server({ refreshGracePeriod: 0 })
    const { body } = await login()
    const answers = await Promise.all(Array.from({ length: 50 }, () => refresh(body.refresh_token)))
    const [winner, ...others] = answers.filter(({ status }) => status === 200)
    t.equal(others.length, 0)
    like(t, await refresh(winner?.body.refresh_token), refused)
  }
)

t.test(
  'a reuse after the grace period revokes the family with its access tokens, and is logged (SEC-81, SEC-91, RFC 9700 §4.14.2)',
  async (t) => {
    const lines: string[] = []
    const stream = { write: (line: string) => void lines.push(line) }
    const time = clock()
    const { app, login, refresh } = await server({ now: time.now }, { fastify: { logger: { level: 'warn', stream } } })
    const first = await login()
    const other = await login()
    const second = await refresh(first.body.refresh_token)
    time.seconds += 16
    like(t, await refresh(first.body.refresh_token), refused)
    like(t, await refresh(second.body.refresh_token), refused)
    like(t, await refresh(other.body.refresh_token), { status: 200 }, 'the other family remains')
    for (const { body } of [first, second]) t.ok(isRevoked(app, body.access_token), 'its access tokens are revoked')
    t.notOk(isRevoked(app, other.body.access_token))
    like(t, lines, [/used refresh token was presented/])
    const entry = JSON.parse(lines[0] ?? '')
    like(t, entry, { kind: 'reused', subject: 'alice', clientId: 'first-party', family: String })
    for (const { body } of [first, second]) t.notOk(lines.join('').includes(body.refresh_token))
  }
)

t.test('a used token in the grace period returns the same working successor (SEC-82)', async (t) => {
  const time = clock()
  const { login, refresh } = await server({ now: time.now })
  const first = await login({ scope: 'items:read items:write' })
  const second = await refresh(first.body.refresh_token)
  time.seconds += 15
  const retry = await refresh(first.body.refresh_token, { scope: 'items:read' })
  like(t, retry, { status: 200, body: { refresh_token: second.body.refresh_token, scope: 'items:read' } })
  t.not(retry.body.access_token, second.body.access_token)
  like(t, await refresh(retry.body.refresh_token), { status: 200, body: { scope: 'items:read items:write' } })
})

t.test('only the direct predecessor has a grace period; an older token ends the family (SEC-82)', async (t) => {
  const { login, refresh } = await server()
  const first = await login()
  const second = await refresh(first.body.refresh_token)
  const third = await refresh(second.body.refresh_token)
  like(t, await refresh(first.body.refresh_token), refused)
  like(t, await refresh(third.body.refresh_token), refused)
})

t.test('the grace period extends no lifetime (SEC-82, SEC-85)', async (t) => {
  const time = clock()
  const lifetime = { idle: 100, absolute: 103 }
  const { login, refresh } = await server({ now: time.now, refreshTokenLifetime: lifetime })
  const { body } = await login()
  time.seconds += 99
  like(t, await refresh(body.refresh_token), { status: 200 })
  time.seconds += 5
  like(t, await refresh(body.refresh_token), refused)
})

t.test('a client can repeat a refresh whose answer was lost (FAULT-15)', async (t) => {
  const { refreshTokens, revocations } = memoryStore()
  let lost = true
  const rotate: RefreshTokenStore['rotate'] = async (rotation) => {
    await refreshTokens.rotate(rotation)
    if (lost) throw new Error('the connection broke after the commit')
    return true
  }
  const { login, refresh } = await server({ store: { refreshTokens: { ...refreshTokens, rotate }, revocations } })
  const { body } = await login()
  like(t, await refresh(body.refresh_token), { status: 500, body: { error: 'server_error' } })
  lost = false
  const again = await refresh(body.refresh_token)
  like(t, again, { status: 200 })
  like(t, await refresh(again.body.refresh_token), { status: 200 })
})

t.test('a family that is revoked during a refresh stays revoked', async (t) => {
  const { refreshTokens, revocations } = memoryStore()
  const rotate: RefreshTokenStore['rotate'] = async (rotation) => {
    await refreshTokens.revokeSubject('alice')
    return refreshTokens.rotate(rotation)
  }
  const { login, refresh } = await server({ store: { refreshTokens: { ...refreshTokens, rotate }, revocations } })
  const { body } = await login()
  like(t, await refresh(body.refresh_token), refused)
  like(t, await refresh(body.refresh_token), refused)
})

t.test('a successor that was changed in the store is not returned (SEC-23)', async (t) => {
  const { refreshTokens, revocations } = memoryStore()
  const rotate: RefreshTokenStore['rotate'] = async (rotation) =>
    refreshTokens.rotate({ ...rotation, sealedSuccessor: rotation.sealedSuccessor.replace(/.{4}$/, 'AAAA') })
  const { login, refresh } = await server({ store: { refreshTokens: { ...refreshTokens, rotate }, revocations } })
  const { body } = await login()
  like(t, await refresh(body.refresh_token), { status: 200 })
  like(t, await refresh(body.refresh_token), { status: 500, body: { error: 'server_error' } })
})
