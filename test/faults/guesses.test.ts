import t, { type Test } from 'tap'
import { generateClientSecret, generateSigningKey } from '@latchkey/token-endpoint'
import { mariadb, postgres, redis, sqlite, type DatabaseKind } from '../databases.ts'
import { startProcess } from './served-issuers.ts'

// Processes take their time to start on a busy machine.
t.setTimeout(300_000)

const PROCESSES = 4
const { clientSecret, clientSecretHash } = generateClientSecret()
const users = ['ann', 'weak350', 'weak399', ...Array.from({ length: 60 }, (_, i) => `honest${i}`)]

interface Answer {
  readonly status: number
  readonly text: string
  readonly retryAfter: string | null
}

/** Four processes that share a database. */
async function start(t: Test, open: DatabaseKind['open']) {
  const database = await open(t)
  const servers = [{ gracePeriod: 10, guessed: { users, clientSecretHash } }]
  const order = { place: database.placeAt(), key: await generateSigningKey(), servers }
  const workers = await Promise.all(Array.from({ length: PROCESSES }, () => startProcess(t, order)))
  const originOf = (i: number): string => workers[i % PROCESSES]?.origins[0] ?? ''
  return { guess, secret, verified }

  /** A password for an account, from an address, at one of the processes. */
  async function guess(at: number, address: string, username: string, password: string): Promise<Answer> {
    return post(at, address, { username, password })
  }

  async function secret(at: number, address: string, sent: string): Promise<Answer> {
    return post(at, address, { username: 'ann', password: 'right', client_id: 'web', client_secret: sent })
  }

  async function post(at: number, address: string, form: Record<string, string>): Promise<Answer> {
    const answer = await fetch(`${originOf(at)}/token`, {
      method: 'POST',
      headers: { 'x-forwarded-for': address },
      body: new URLSearchParams({ grant_type: 'password', ...form })
    })
    return { status: answer.status, text: await answer.text(), retryAfter: answer.headers.get('retry-after') }
  }

  async function verified(): Promise<number> {
    const counts = await Promise.all(workers.map(async (_, i) => (await fetch(`${originOf(i)}/verified`)).json()))
    return counts.map(Number).reduce((sum, count) => sum + count, 0)
  }
}

function countOf(answers: readonly Answer[], status: number): number {
  return answers.filter((answer) => answer.status === status).length
}

for (const { name, skip, open } of [postgres, mariadb, redis, sqlite]) {
  t.test(`guesses at ${PROCESSES} processes on ${name}`, { skip }, async (t) => {
    const { guess, secret, verified } = await start(t, open)

    await t.test(
      'concurrent right passwords of one address all succeed, and none counts as a failure (K14, SEC-28)',
      async (t) => {
        for (let round = 0; round < 3; round++) {
          const logins = Array.from({ length: 60 }, async (_, i) =>
            guess(i + round, '192.0.2.1', `honest${i}`, 'right')
          )
          t.equal(countOf(await Promise.all(logins), 200), 60)
        }
      }
    )

    await t.test(
      'only 100 of 400 guesses at different accounts from one address are verified (K14, SEC-27)',
      async (t) => {
        const before = await verified()
        const guesses = Array.from({ length: 400 }, async (_, i) => guess(i, '198.51.100.1', `weak${i}`, 'right'))
        const answers = await Promise.all(guesses)
        t.equal((await verified()) - before, 100)
        t.equal(countOf(answers, 429), 300)
        t.equal(countOf(answers, 400) + countOf(answers, 200), 100)
        // The right ones among the hundred gave their attempts back. Use those up.
        for (let i = 0; i < 4; i++) await guess(i, '198.51.100.1', `other${i}`, 'wrong')
        const late = await verified()
        for (let at = 0; at < PROCESSES; at++) {
          const wrong = await guess(at, '198.51.100.1', 'weak350', 'wrong')
          const right = await guess(at, '198.51.100.1', 'weak350', 'right')
          t.same([wrong.status, right.status], [429, 429])
          t.equal(right.text, wrong.text)
          t.ok(Number(right.retryAfter) > 1 && Number(right.retryAfter) <= 900, `${right.retryAfter}`)
        }
        t.equal(await verified(), late)
        t.equal((await guess(0, '192.0.2.1', 'weak350', 'right')).status, 200)
      }
    )

    await t.test('only ten of 200 guesses at one account from one address are verified (K14, SEC-27)', async (t) => {
      const before = await verified()
      const guesses = Array.from({ length: 200 }, async (_, i) => guess(i, '198.51.100.2', 'ann', `guess${i}`))
      const answers = await Promise.all(guesses)
      t.equal((await verified()) - before, 10)
      t.equal(countOf(answers, 400), 10)
      t.equal(countOf(answers, 429), 190)
      t.equal((await guess(1, '198.51.100.2', 'ann', 'right')).status, 429)
    })

    await t.test('all processes know of an attack that one process detected (K14, SEC-28)', async (t) => {
      for (let host = 10; host < 20; host++) {
        const failed = Array.from({ length: 10 }, async () => guess(0, `198.51.100.${host}`, 'ann', 'wrong'))
        await Promise.all(failed)
      }
      const answers = []
      for (let i = 0; i < 10; i++) answers.push(await guess(1, '203.0.113.1', 'ann', 'wrong'))
      t.equal(countOf(answers, 400), 3)
      t.equal(countOf(answers, 429), 7)
      t.equal((await guess(2, '203.0.113.2', 'ann', 'right')).status, 200, 'from an address without failures')
    })

    await t.test(
      'wrong client secrets count in all processes together, and right ones have no limit (K14, SEC-27)',
      async (t) => {
        const right = Array.from({ length: 40 }, async (_, i) => secret(i, '192.0.2.3', clientSecret))
        t.equal(countOf(await Promise.all(right), 401), 0)
        const wrong = await Promise.all(Array.from({ length: 80 }, async (_, i) => secret(i, '198.51.100.3', 'x')))
        t.equal(countOf(wrong, 401), 10)
        t.equal(countOf(wrong, 429), 70)
        for (let at = 0; at < PROCESSES; at++) {
          t.equal((await secret(at, '198.51.100.3', clientSecret)).status, 429)
        }
        t.not((await secret(0, '192.0.2.4', clientSecret)).status, 429)
      }
    )
  })
}
