import { sendsNew } from './contender.ts'
import { BEFORE, cost, type Entrant } from './entrant.ts'
import { bySize, type Context } from './scenario.ts'

/** What was measured of a contender: one value of each for every complete round, in microseconds of CPU per request. */
export interface Measurements {
  readonly entrant: Entrant
  readonly costs: readonly number[]
  /** Of the bare route, sent the very same requests at the same time. */
  readonly bareCosts: readonly number[]
}

interface Warm {
  readonly entrant: Entrant
  /** How many requests are worth measuring. */
  readonly count: number
}

/** CPU of one measurement, in microseconds: enough to be seen, and little enough for many rounds. */
const WORTH = 250_000
const FEWEST = 300
const MOST = 8000
/** Each new token must be signed first. */
const MOST_NEW = 2000
/** Requests before the first round, or so much CPU: the bare route gets those of all contenders, and is never cold. */
const WARM_UP = { full: 40_000, quick: 15_000, smoke: 0 }
const WARM_UP_NEW = { full: 6000, quick: 3000, smoke: 0 }
const WARM_UP_WORTH = { full: 3_000_000, quick: 1_000_000, smoke: 0 }
/** Of the time, beside a round. */
const ROUNDS_OF_WARM_UP = 5

/**
 * Measures every contender and the bare route in turns, round by round: other work of the machine falls on all of them. Ends
 * early when the signal is aborted, and gives the rounds that are complete.
 */
export async function compare(
  entrants: readonly Entrant[],
  rounds: number,
  context: Context
): Promise<readonly Measurements[]> {
  const { signal, tell } = context
  const all: Warm[] = []
  const steps = entrants.length * (rounds + ROUNDS_OF_WARM_UP)
  for (const [at, entrant] of entrants.entries()) {
    if (signal.aborted) return []
    tell(`warming up ${entrant.contender.name}`, (at * ROUNDS_OF_WARM_UP) / steps)
    all.push({ entrant, count: await warmUp(entrant, context) })
  }
  const measured = all.map(({ entrant }) => ({ entrant, costs: [] as number[], bareCosts: [] as number[] }))
  for (let round = 0; round < rounds; round++) {
    tell(`round ${round + 1} of ${rounds}`, (entrants.length * (round + ROUNDS_OF_WARM_UP)) / steps)
    const costs = []
    for (const warm of all) {
      if (signal.aborted) return measured
      costs.push(await measure(warm, round))
    }
    for (const [at, { own, bare }] of costs.entries()) {
      measured[at]?.costs.push(own)
      measured[at]?.bareCosts.push(bare)
    }
  }
  return measured
}

/** Lets both sides be compiled and optimized, and gives how many requests to measure with. */
async function warmUp(entrant: Entrant, context: Context): Promise<number> {
  const [most, enough] = sendsNew(entrant.contender)
    ? [MOST_NEW, bySize(context, WARM_UP_NEW)]
    : [MOST, bySize(context, WARM_UP)]
  let count = FEWEST
  for (let sent = 0, spent = 0; sent < enough && spent < bySize(context, WARM_UP_WORTH); sent += count) {
    if (context.signal.aborted) break
    const headers = await entrant.headers(BEFORE + count)
    await cost(entrant.bare, headers)
    const each = await cost(entrant, headers)
    spent += count * each
    count = Math.round(Math.max(FEWEST, Math.min(WORTH / each, most)))
  }
  return count
}

async function measure({ entrant, count }: Warm, round: number): Promise<{ own: number; bare: number }> {
  const headers = await entrant.headers(BEFORE + count)
  const own = (): Promise<number> => cost(entrant, headers)
  const bare = (): Promise<number> => cost(entrant.bare, headers)
  // Neither always comes first.
  if (round % 2 === 1) return { own: await own(), bare: await bare() }
  const bareCost = await bare()
  return { own: await own(), bare: bareCost }
}
