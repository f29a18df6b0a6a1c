import t from 'tap'
import { generateSigningKey } from '@latchkey/token-endpoint'
import { familyOf, login, refresh, statusOfMe, tokensOf } from './client.ts'
import { mariadb, postgres, redis, sqlite } from '../databases.ts'
import { startProcess } from './served-issuers.ts'

// Processes take their time to start on a busy machine.
t.setTimeout(300_000)

const PROCESSES = 4
const REFRESHES = 50

for (const { name, skip, open } of [postgres, mariadb, redis, sqlite]) {
  t.test(
    `${PROCESSES} processes on ${name} send ${REFRESHES} concurrent refreshes of one token`,
    { skip },
    async (t) => {
      const database = await open(t)
      const order = {
        place: database.placeAt(),
        key: await generateSigningKey(),
        servers: [{ gracePeriod: 15 }, { gracePeriod: 0 }]
      }
      const workers = await Promise.all(Array.from({ length: PROCESSES }, () => startProcess(t, order)))
      const everywhere = (server: 0 | 1): string[] =>
        Array.from({ length: REFRESHES }, (_, at) => workers[at % PROCESSES]?.origins[server] ?? '')
      const [graceful = '', strict = ''] = workers[0]?.origins ?? []

      await t.test('all get the same successor within the grace period (SEC-80, SEC-82, FAULT-19)', async (t) => {
        const first = await login(graceful)
        const answers = await Promise.all(everywhere(0).map((origin) => refresh(origin, first.refreshToken)))
        t.same(new Set(answers.map(({ status }) => status)), new Set([200]))
        const given = answers.map(tokensOf)
        t.same(new Set(given.map(familyOf)), new Set([familyOf(first)]))
        t.equal(new Set(given.map(({ refreshToken }) => refreshToken)).size, 1)
        t.same(await database.count(), { used: 1, unused: 1 })

        const next = tokensOf(await refresh(graceful, given[0]?.refreshToken ?? ''))
        t.equal(familyOf(next), familyOf(first))
        t.equal(await statusOfMe(strict, next), 200)
      })

      await t.test('one succeeds without a grace period, and its family ends (SEC-80, SEC-81, FAULT-19)', async (t) => {
        const before = await database.count()
        const first = await login(strict)
        const answers = await Promise.all(everywhere(1).map((origin) => refresh(origin, first.refreshToken)))
        const won = answers.filter(({ status }) => status === 200)
        t.equal(won.length, 1)
        const lost = answers.filter(({ status, body }) => status === 400 && body.error === 'invalid_grant')
        t.equal(lost.length, REFRESHES - 1)
        t.same(await database.count(), before)
        const late = await refresh(strict, won.map(tokensOf)[0]?.refreshToken ?? '')
        t.equal(late.status, 400)
        t.equal(late.body.error, 'invalid_grant')
      })
    }
  )
}
