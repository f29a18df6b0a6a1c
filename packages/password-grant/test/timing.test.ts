import { argon2Passwords, hashPassword } from '@latchkey/password-grant'
import t from 'tap'
import { tokenRequest } from './fixtures/token-request.ts'

// Two samples each.
const PAIRS = 100
const ROUNDS = 3
// The quickest of the parameters that are strong enough.
const PARAMETERS = { memoryCost: 7_168, timeCost: 5 }

t.test('takes as long for an unknown user as for a wrong password (SEC-17)', async (t) => {
  const passwordHash = await hashPassword('secret', PARAMETERS)
  const users = new Map([['known', { subject: 'u1', passwordHash, scopes: [] }]])
  const verifyPassword = argon2Passwords({ ...PARAMETERS, findUser: async (username) => users.get(username) })
  const { request } = tokenRequest()

  async function time(username: string): Promise<number> {
    const start = performance.now()
    await verifyPassword({ username, password: 'guess' }, request)
    return performance.now() - start
  }

  // The two run back to back and in alternating order, so that a slow spell of the machine falls on both.
  async function round(): Promise<{ ratio: number; share: number }> {
    const known: number[] = []
    const unknown: number[] = []
    for (let pair = 0; pair < PAIRS; pair++) {
      if (pair % 2 === 0) known.push(await time('known'))
      unknown.push(await time('unknown'))
      if (pair % 2 === 1) known.push(await time('known'))
    }
    return { ratio: median(unknown) / median(known), share: shareOfGreater(unknown, known) }
  }

  // A busy machine can spoil a round. A difference that is really there spoils all of them.
  const seen: { ratio: number; share: number }[] = []
  let alike = false
  while (!alike && seen.length < ROUNDS) {
    const { ratio, share } = await round()
    alike = Math.abs(ratio - 1) < 0.1 && Math.abs(share - 0.5) < 0.1
    seen.push({ ratio, share })
  }
  t.ok(alike, 'medians within 10 %, and either is the slower one about as often', { seen })
})

function median(samples: number[]): number {
  const sorted = samples.toSorted((a, b) => a - b)
  return ((sorted[PAIRS / 2 - 1] ?? Number.NaN) + (sorted[PAIRS / 2] ?? Number.NaN)) / 2
}

/** How often a sample of the one kind is greater than one of the other: the Mann-Whitney U statistic, from 0 to 1. */
function shareOfGreater(these: number[], those: number[]): number {
  return these.flatMap((one) => those.filter((other) => one > other)).length / (these.length * those.length)
}
