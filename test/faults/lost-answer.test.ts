import t from 'tap'
import { rejectsLike } from '@latchkey/exact'
import { generateSigningKey } from '@latchkey/token-endpoint'
import { login, refresh, refreshUntilAnswered, statusOfMe, tokensOf } from './client.ts'
import { mariadb, postgres, redis } from '../databases.ts'
import { serve } from './server.ts'
import { layWire } from './wire.ts'
import { startProcess } from './served-issuers.ts'

// A text that only a rotation sends, and the text that makes it durable: with one statement or one script, the same. MySQL
// marks a statement by the byte before it: "commit" is also a part of "read committed".
const databases = [
  { ...postgres, decisive: 'set "used_at" = ', durable: 'set "used_at" = ' },
  { ...mariadb, decisive: 'set `used_at` = ', durable: '\u0003commit' },
  { ...redis, decisive: `'sealed_successor', ARGV`, durable: `'sealed_successor', ARGV` }
]

for (const { name, skip, port, open, decisive, durable } of databases) {
  t.test(
    `the next attempt of the client is a retry when ${name} has rotated and its answer is lost (FAULT-17)`,
    { skip },
    async (t) => {
      const [database, key, wire] = [await open(t), await generateSigningKey(), await layWire(t, port)]
      const origin = await serve(t, database.placeAt(wire.port), key, { gracePeriod: 60 })
      const { refreshToken } = await login(origin)

      wire.cutAnswerTo(durable)
      const unknown = await refresh(origin, refreshToken)
      t.equal(unknown.status, 503)
      t.equal(unknown.body.error, 'temporarily_unavailable')
      t.equal(unknown.headers.get('retry-after'), '5')
      t.same(await database.count(), { used: 1, unused: 1 })

      const next = tokensOf(await refreshUntilAnswered(origin, refreshToken))
      t.equal(await statusOfMe(origin, next), 200)
      t.same(await database.count(), { used: 1, unused: 1 })
      const again = tokensOf(await refresh(origin, refreshToken))
      t.equal(again.refreshToken, next.refreshToken)
      t.equal((await refresh(origin, next.refreshToken)).status, 200)
      t.same(await database.count(), { used: 2, unused: 1 })
    }
  )

  t.test(
    `the family ends and does not split when the answer of ${name} is lost without a grace period (FAULT-17)`,
    { skip },
    async (t) => {
      const [database, key, wire] = [await open(t), await generateSigningKey(), await layWire(t, port)]
      const origin = await serve(t, database.placeAt(wire.port), key, { gracePeriod: 0 })
      const { refreshToken } = await login(origin)
      wire.cutAnswerTo(durable)
      t.equal((await refresh(origin, refreshToken)).status, 503)
      const { status, body } = await refreshUntilAnswered(origin, refreshToken)
      t.equal(status, 400)
      t.equal(body.error, 'invalid_grant')
      t.same(await database.count(), { used: 0, unused: 0 })
    }
  )

  t.test(
    `a process that is killed before its rotation reaches ${name} does not change the token (FAULT-16)`,
    { skip },
    async (t) => {
      const [database, key, wire] = [await open(t), await generateSigningKey(), await layWire(t, port)]
      const servers = [{ gracePeriod: 0 }]
      const worker = await startProcess(t, { place: database.placeAt(wire.port), key, servers })
      const [origin = ''] = worker.origins
      const { refreshToken } = await login(origin)

      const held = wire.holdBack(decisive)
      const lost = rejectsLike(t, refresh(origin, refreshToken), { name: 'TypeError' }, 'there is no answer')
      await held
      t.same(await database.count(), { used: 0, unused: 1 })
      await worker.kill()
      await lost

      const survivor = await serve(t, database.placeAt(), key, { gracePeriod: 0 })
      const next = tokensOf(await refresh(survivor, refreshToken))
      t.equal(await statusOfMe(survivor, next), 200)
      t.same(await database.count(), { used: 1, unused: 1 })
    }
  )
}
