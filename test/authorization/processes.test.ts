import t, { type Test } from 'tap'
import { generateSigningKey } from '@latchkey/token-endpoint'
import { mariadb, postgres, redis, sqlite } from '../databases.ts'
import { startProcess } from '../faults/served-issuers.ts'
import { visitor } from '../visitor.ts'
import { type Answer, codeFor, exchange, refresh, statusOfItems } from './client.ts'

// Processes take their time to start on a busy machine.
t.setTimeout(300_000)

const PROCESSES = 4
const EXCHANGES = 50
const DEADLINE = 10_000

for (const { name, skip, open } of [sqlite, postgres, mariadb, redis]) {
  t.test(
    `${PROCESSES} processes on ${name} get ${EXCHANGES} concurrent exchanges of one code (RFC 6749 §4.1.2)`,
    { skip },
    async (t) => {
      const database = await open(t)
      const order = {
        place: database.placeAt(),
        key: await generateSigningKey(),
        servers: [{ gracePeriod: 0, authorizes: {} }]
      }
      const workers = await Promise.all(Array.from({ length: PROCESSES }, () => startProcess(t, order)))
      const origins = workers.map(({ origins: [origin = ''] }) => origin)
      const [first = ''] = origins
      const browser = visitor()
      const exchangeEverywhere = async (code: string): Promise<Answer[]> =>
        Promise.all(
          Array.from({ length: EXCHANGES }, (_, at) =>
            exchange(origins[at % PROCESSES] ?? '', code, { issuedAt: first })
          )
        )

      await t.test('at most one gets tokens, and these are dead afterwards', async (t) => {
        const answers = await exchangeEverywhere(await codeFor(browser, first))
        const won = answers.filter(({ status }) => status === 200)
        t.ok(won.length <= 1, `${won.length} got tokens`)
        t.equal(answers.filter(getsNothing).length, EXCHANGES - won.length)
        for (const { body } of won) await areDead(t, origins, body)
        t.same(await database.count(), { used: 0, unused: 0 })
      })

      await t.test('none gets tokens after one did, and the tokens of that one end in every process', async (t) => {
        const code = await codeFor(browser, first)
        const { status, body } = await exchange(first, code)
        t.equal(status, 200)
        for (const origin of origins) t.equal(await statusOfItems(origin, body.access_token), 200)
        t.equal((await exchangeEverywhere(code)).filter(getsNothing).length, EXCHANGES)
        await areDead(t, origins, body)
        t.same(await database.count(), { used: 0, unused: 0 })
      })
    }
  )
}

/** On a busy machine the store may not answer in time. */
function getsNothing(answer: Answer): boolean {
  return isRefused(answer) || (answer.status === 503 && answer.body.error === 'temporarily_unavailable')
}

function isRefused({ status, body }: Answer): boolean {
  return status === 400 && body.error === 'invalid_grant'
}

async function areDead(t: Test, origins: readonly string[], tokens: Answer['body']): Promise<void> {
  for (const origin of origins) {
    await refusedInTime(t, origin, tokens.access_token)
    t.ok(isRefused(await refresh(origin, tokens.refresh_token)))
  }
}

/** Other processes learn of a revocation a moment later. */
async function refusedInTime(t: Test, origin: string, token: string | undefined): Promise<void> {
  const start = performance.now()
  while ((await statusOfItems(origin, token)) !== 401 && performance.now() < start + DEADLINE) {
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  t.equal(await statusOfItems(origin, token), 401)
}
