// Runs in a process of its own: it compares times.
import { argon2Passwords, hashPassword } from '@latchkey/passwords'
import t from 'tap'
import { passwordContext } from './fixtures/password-context.ts'

// Two samples each.
const PAIRS = 100
// The fastest parameters that are strong enough.
const PARAMETERS = { memoryCost: 7_168, timeCost: 5 }

t.test('an unknown user takes as long as a wrong password (K0, SEC-17)', async (t) => {
  const passwordHash = await hashPassword('secret', PARAMETERS)
  const users = new Map([['known', { subject: 'u1', passwordHash, scopes: [] }]])
  const verifyPassword = argon2Passwords({ ...PARAMETERS, findUser: async (username) => users.get(username) })
  const { context } = passwordContext()

  // The CPU time of this process, on any core: a busy machine does not add to it, so the test needs no retry.
  async function time(username: string): Promise<number> {
    const before = process.cpuUsage()
    await verifyPassword({ username, password: 'guess' }, context)
    const { user, system } = process.cpuUsage(before)
    return user + system
  }

  // Both run back to back and in alternating order, so that the remaining noise affects both.
  const known: number[] = []
  const unknown: number[] = []
  for (let pair = 0; pair < PAIRS; pair++) {
    if (pair % 2 === 0) known.push(await time('known'))
    unknown.push(await time('unknown'))
    if (pair % 2 === 1) known.push(await time('known'))
  }
  const ratio = median(unknown) / median(known)
  const share = shareOfGreater(unknown, known)
  t.ok(Math.abs(ratio - 1) < 0.1, 'the medians differ by less than 10 %', { ratio })
  // With equal times, the result leaves this interval once in a million runs of 100 pairs.
  t.ok(Math.abs(share - 0.5) < 0.2, 'each is the slower one about equally often', { share })
})

function median(samples: number[]): number {
  const sorted = samples.toSorted((a, b) => a - b)
  return ((sorted[PAIRS / 2 - 1] ?? Number.NaN) + (sorted[PAIRS / 2] ?? Number.NaN)) / 2
}

/** How often a sample of the first kind is greater than one of the second: the Mann-Whitney U statistic, from 0 to 1. */
function shareOfGreater(these: number[], those: number[]): number {
  return these.flatMap((one) => those.filter((other) => one > other)).length / (these.length * those.length)
}
