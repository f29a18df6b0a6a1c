import { equal, ok } from 'node:assert/strict'
import { setTimeout } from 'node:timers/promises'
import { type Answer, type Client, cookiesOf } from '../client.ts'
import { bearerOf, sameOrigin } from '../guarded-routes.ts'
import type { Allowances } from '../load.ts'
import { several } from '../several.ts'
import type { Soak } from '../soak.ts'
import { type Family, familyOf } from '../stock.ts'
import { PASSWORD, passwordRequest } from '../token-requests.ts'

/** A fault that the soak injects while the load goes on. */
export interface Fault {
  /** The number of its requirement. */
  readonly number: number
  readonly injected: string
  readonly expected: string
  /** Statuses that the load may get meanwhile, besides the usual ones. */
  readonly allows?: Allowances
  /**
   * Injects the fault, measures, and ends the fault. Returns the measurement.
   *
   * @throws Error when the server behaves in another way than expected
   */
  inject(soak: Soak): Promise<string>
}

/** Flows of the load that change refresh tokens. */
export const refreshes = ['refresh', 'refresh, 4 times at once', 'password, right'] as const

/** Counts statuses, as in `200 × 12, 503 × 3`. */
export function statuses(answers: readonly Pick<Answer, 'status'>[]): string {
  const counts = new Map<number, number>()
  for (const { status } of answers) counts.set(status, (counts.get(status) ?? 0) + 1)
  return countsText([...counts])
}

/** Describes counts of statuses, as in `200 × 12, 503 × 3`. */
export function countsText(counts: readonly (readonly [status: number, count: number])[]): string {
  return counts.map(([status, count]) => `${status || 'no answer'} × ${count}`).join(', ')
}

/** Asks again until the status is this one. Returns the seconds that it took. */
export async function becomes(status: number, ask: () => Promise<Answer>, seconds = 60): Promise<number> {
  const began = performance.now()
  const passed = (): number => (performance.now() - began) / 1_000
  for (;;) {
    const answer = await ask()
    if (answer.status === status) return Math.round(passed() * 10) / 10
    if (passed() > seconds) throw new Error(`after ${seconds} s it is still ${answer.status} and not ${status}`)
    await setTimeout(100)
  }
}

/** Runs tasks with at most 50 at once. */
export async function manyAtOnce<T>(count: number, make: (at: number) => Promise<T>): Promise<T[]> {
  const results: T[] = []
  let next = 0
  await several(50, async () => {
    while (next < count) results.push(await make(next++))
  })
  return results
}

/** The milliseconds that a call takes. */
export async function timed<T>(call: () => Promise<T>): Promise<{ readonly result: T; readonly took: number }> {
  const began = performance.now()
  return { result: await call(), took: Math.round(performance.now() - began) }
}

/** Asks for a guarded route with a token. */
export const items = ({ client }: Soak, token: string): Promise<Answer> =>
  client.ask({ path: '/items', headers: bearerOf(token) })

/** Starts a session. Returns its cookie. */
export const startSession = async (client: Client): Promise<string> =>
  cookiesOf(await client.ask({ method: 'POST', path: '/sign-in?as=somebody', headers: sameOrigin }))

/** Signs in with a password. Returns the tokens. */
export async function signIn({ client }: Soak): Promise<Family> {
  const answer = await client.ask(passwordRequest('user-1', PASSWORD))
  equal(answer.status, 200)
  return familyOf(answer)
}

/** @throws Error when an answer has another status */
export function all(answers: readonly Answer[], status: number): void {
  ok(
    answers.every((answer) => answer.status === status),
    `${statuses(answers)} instead of ${status}`
  )
}
