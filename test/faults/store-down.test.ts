import t from 'tap'
import { generateSigningKey } from '@latchkey/token-endpoint'
import { getMe, login, refresh, refreshUntilAnswered, revoke, statusOfMe, tokensOf } from './client.ts'
import { mariadb, postgres, redis } from '../databases.ts'
import { serve, serveByKeysAlone } from './server.ts'
import { layWire } from './wire.ts'

for (const { name, skip, port, open } of [postgres, mariadb, redis]) {
  t.test(
    `while ${name} is down a refresh gets Retry-After and consumes nothing, and access tokens work (FAULT-12)`,
    { skip },
    async (t) => {
      const [database, key, wire] = [await open(t), await generateSigningKey(), await layWire(t, port)]
      const origin = await serve(t, database.placeAt(wire.port), key, { gracePeriod: 0, staleAfter: 600_000 })
      const tokens = await login(origin)

      await wire.unplug()
      for (const attempt of [1, 2]) {
        const { status, headers, body } = await refresh(origin, tokens.refreshToken)
        t.equal(status, 503, `attempt ${attempt}`)
        t.equal(headers.get('retry-after'), '5')
        t.equal(headers.get('cache-control'), 'no-store')
        t.equal(body.error, 'temporarily_unavailable')
        t.equal(await statusOfMe(origin, tokens), 200)
      }

      t.same(await database.count(), { used: 0, unused: 1 })
      await wire.plugIn()
      const next = tokensOf(await refreshUntilAnswered(origin, tokens.refreshToken))
      t.equal(await statusOfMe(origin, next), 200)
      t.same(await database.count(), { used: 1, unused: 1 })
    }
  )

  t.test(`while ${name} is down no revocation reports success (FAULT-13, SEC-90)`, { skip }, async (t) => {
    const [database, key, wire] = [await open(t), await generateSigningKey(), await layWire(t, port)]
    const origin = await serve(t, database.placeAt(wire.port), key, { gracePeriod: 0 })
    const tokens = await login(origin)
    await wire.unplug()
    for (const token of [tokens.refreshToken, tokens.accessToken]) {
      const answer = await revoke(origin, token)
      t.equal(answer.status, 503)
      t.equal(answer.headers.get('retry-after'), '5')
    }
    await wire.plugIn()
    t.equal((await refreshUntilAnswered(origin, tokens.refreshToken)).status, 200)
  })

  t.test(
    `while ${name} is down access tokens are refused only where revocation is checked (FAULT-12, SEC-68)`,
    { skip },
    async (t) => {
      const [database, key, wire] = [await open(t), await generateSigningKey(), await layWire(t, port)]
      const origin = await serve(t, database.placeAt(wire.port), key, { gracePeriod: 0, staleAfter: 500 })
      const tokens = await login(origin)
      const becomes = async (status: number): Promise<Response> => {
        const answer = await getMe(origin, tokens)
        return answer.status === status ? answer : becomes(status)
      }
      const api = await serveByKeysAlone(t, origin)
      await becomes(200)
      await wire.unplug()
      const refused = await becomes(503)
      t.equal(refused.headers.get('retry-after'), '5')
      t.equal(refused.headers.get('www-authenticate'), null)
      t.equal(await statusOfMe(api, tokens), 200)
      await wire.plugIn()
      t.equal((await becomes(200)).status, 200)
    }
  )
}
