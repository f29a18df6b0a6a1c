import { setTimeout } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { like } from '@latchkey/exact'
import { memoryStore } from '@latchkey/store/memory'
import { generateSigningKey } from '@latchkey/token-endpoint'
import { claimsOf, isRevoked, type Server, started } from './fixtures/server.ts'

const DAY = 86_400_000
const key = await generateSigningKey()
const refused = { status: 400, body: { error: 'invalid_grant' } }

// The servers' clocks differ from the store's clock. The store's time changes only when a test sets it.
async function shared(t: Test, ...offsets: number[]) {
  const time = { now: 1_700_000_000_000 }
  const store = memoryStore({ now: () => time.now })
  const servers: Server[] = []
  for (const offset of offsets) {
    servers.push(
      await started(t, {
        store,
        keys: [key],
        now: () => time.now + offset,
        revocations: { interval: 10, staleAfter: 60_000 }
      })
    )
  }
  return { time, servers: servers as [Server, Server] }
}

for (const [name, offset] of Object.entries({
  '60 s ahead': 60_000,
  '100 days ahead': 100 * DAY,
  '1 hour behind': -3_600_000
})) {
  t.test(`the grace period has its normal length at a process that is ${name} (K16)`, async (t) => {
    const {
      time,
      servers: [wrong, right]
    } = await shared(t, offset, 0)
    for (const [first, second] of [
      [wrong, right],
      [right, wrong]
    ] as const) {
      const { body } = await first.login()
      const next = await first.refresh(body.refresh_token)
      like(t, next, { status: 200 })
      time.now += 15_000
      like(t, await second.refresh(body.refresh_token), {
        status: 200,
        body: { refresh_token: next.body.refresh_token }
      })
      time.now += 1_000
      like(t, await second.refresh(body.refresh_token), refused)
      like(t, await second.refresh(next.body.refresh_token), refused, 'the family has ended')
    }
  })

  t.test(`revokeAll() at a process that is ${name} allows new sign-ins (K16)`, async (t) => {
    const {
      time,
      servers: [wrong, right]
    } = await shared(t, offset, 0)
    const before = [await wrong.login(), await right.login()]
    await wrong.app.tokenEndpoint.revokeAll('alice')
    // The other process reads the feed.
    while (!isRevoked(right.app, before[1]?.body.access_token ?? '')) await setTimeout(5)
    time.now += 1_000
    for (const server of [right, wrong]) {
      const after = await server.login()
      like(t, after, { status: 200, headers: { 'retry-after': undefined } })
      const { iat } = claimsOf(after.body.access_token)
      t.ok(Math.abs(Number(iat) - time.now / 1_000) <= 5, 'the token is dated to now')
      t.notOk(isRevoked(server.app, after.body.access_token))
      for (const { body } of before) {
        t.ok(isRevoked(wrong.app, body.access_token))
        like(t, await server.refresh(body.refresh_token), refused)
      }
    }
  })
}

t.test('a clock that is set back while the server runs allows new sign-ins (K16)', async (t) => {
  let offset = 0
  const { app, login } = await started(t, { store: memoryStore(), keys: [key], now: () => Date.now() + offset })
  await app.tokenEndpoint.revokeAll('alice')
  offset = -600_000
  like(t, await login(), { status: 200, headers: { 'retry-after': undefined } })
})

t.test('revokeAll() also revokes a token that is dated far ahead (K16)', async (t) => {
  const {
    time,
    servers: [server]
  } = await shared(t, 0)
  await server.app.tokenEndpoint.revokeAll('alice')
  const claims = (iat: number, sub: string) => ({ jti: 'x', sub, iat })
  const now = time.now / 1_000
  t.ok(server.app.tokenEndpoint.isRevoked(claims(now + 3_600, 'alice')))
  t.notOk(server.app.tokenEndpoint.isRevoked(claims(now + 60, 'alice')))
  t.notOk(server.app.tokenEndpoint.isRevoked(claims(now + 3_600, 'bob')))
})

for (const [seconds, level, message] of [
  [3, 40, /differ: what is stored goes by the clock of the store/],
  [61, 50, /differ by more than a minute: this process deletes and rotates nothing/],
  [-61, 50, /differ by more than a minute/]
] as const) {
  t.test(`a clock difference of ${seconds} s is logged once (K16)`, async (t) => {
    const lines: string[] = []
    const logger = { level: 'info', stream: { write: (line: string) => void lines.push(line) } }
    const store = memoryStore()
    const now = (): number => Date.now() + seconds * 1_000
    await started(t, { store, keys: [key], now }, { fastify: { logger } })
    const { app } = await started(t, { store, keys: [key], now }, { fastify: { logger } })
    await app.tokenEndpoint.revokeAll('alice')
    const told = lines.map((line) => JSON.parse(line)).filter(({ msg }) => /clock/.test(msg))
    like(t, told, [{ level, msg: message, aheadBySeconds: seconds }])
  })
}

t.test('a clock difference under two seconds is not logged (K16)', async (t) => {
  const lines: string[] = []
  const logger = { level: 'warn', stream: { write: (line: string) => void lines.push(line) } }
  await started(t, { store: memoryStore(), keys: [key], now: () => Date.now() + 1_500 }, { fastify: { logger } })
  t.same(lines, [])
})
