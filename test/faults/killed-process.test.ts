import t, { type Test } from 'tap'
import { rejectsLike } from '@latchkey/exact'
import { generateSigningKey } from '@latchkey/token-endpoint'
import { login, refresh, statusOfMe, tokensOf } from './client.ts'
import { mariadb, postgres, redis, sqlite, type TestDatabase } from '../databases.ts'
import { serve, type SigningKey } from './server.ts'
import type { Stop } from './standing-store.ts'
import { startProcess } from './served-issuers.ts'

// Processes take their time to start on a busy machine.
t.setTimeout(300_000)

/** Refreshes once for each stop, at a process that is killed when all stand still. Gives the tokens that were sent. */
async function refreshAndKill(
  t: Test,
  database: TestDatabase,
  key: SigningKey,
  stops: readonly Stop[]
): Promise<string[]> {
  const servers = stops.map((stop) => ({ gracePeriod: 15, stop }))
  const worker = await startProcess(t, { place: database.placeAt(), key, servers })
  const sent: string[] = []
  const lost: Promise<unknown>[] = []
  for (const origin of worker.origins) {
    const { refreshToken } = await login(origin)
    const stopped = worker.stopped()
    lost.push(rejectsLike(t, refresh(origin, refreshToken), { name: 'TypeError' }, 'there is no answer'))
    await stopped
    sent.push(refreshToken)
  }
  await worker.kill()
  await Promise.all(lost)
  return sent
}

for (const { name, skip, open } of [postgres, mariadb, redis, sqlite]) {
  t.test(`a process with its tokens in ${name} is killed during a refresh`, { skip }, async (t) => {
    const [database, key] = [await open(t), await generateSigningKey()]
    const stops: Stop[] = ['before rotating', 'after rotating', 'after rotating']
    const [untouched = '', unanswered = '', forgotten = ''] = await refreshAndKill(t, database, key, stops)
    t.same(await database.count(), { used: 2, unused: 3 })

    await t.test('a kill before the rotation does not change the token (FAULT-16)', async (t) => {
      // Without a grace period and later, so that a used token would be detected.
      const origin = await serve(t, database.placeAt(), key, { gracePeriod: 0, clockOffset: 3600 })
      const next = tokensOf(await refresh(origin, untouched))
      t.equal(await statusOfMe(origin, next), 200)
      t.same(await database.count(), { used: 3, unused: 3 })
      t.equal((await refresh(origin, next.refreshToken)).status, 200)
      t.same(await database.count(), { used: 4, unused: 3 })
    })

    await t.test(
      'a kill between rotation and answer signs no client out within the grace period (FAULT-15)',
      async (t) => {
        const before = await database.count()
        const origin = await serve(t, database.placeAt(), key, { gracePeriod: 60 })
        const next = tokensOf(await refresh(origin, unanswered))
        t.equal(await statusOfMe(origin, next), 200)
        t.same(await database.count(), before)
        t.equal((await refresh(origin, next.refreshToken)).status, 200)
        t.same(await database.count(), { used: before.used + 1, unused: before.unused })
      }
    )

    await t.test(
      'a kill between rotation and answer ends the family after the grace period (FAULT-15, SEC-81)',
      async (t) => {
        const before = await database.count()
        const origin = await serve(t, database.placeAt(), key, { gracePeriod: 15, clockOffset: 3600 })
        const { status, body } = await refresh(origin, forgotten)
        t.equal(status, 400)
        t.equal(body.error, 'invalid_grant')
        t.same(await database.count(), { used: before.used - 1, unused: before.unused - 1 })
      }
    )
  })
}
