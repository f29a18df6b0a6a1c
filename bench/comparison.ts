import { BEFORE, cost, type Entrant } from './entrant.ts'

/** What was measured of a contender: one value of each for every round, in microseconds of CPU per request. */
export interface Measurements {
  readonly entrant: Entrant
  readonly costs: number[]
  /** Of the bare route, sent the very same requests at the same time. */
  readonly bareCosts: number[]
}

/** CPU of one measurement, in microseconds: enough to be seen, and little enough for many rounds. */
const WORTH = 250_000
const FEWEST = 300
const MOST = 8000
/** Each new token must be signed first. */
const MOST_NEW = 2000
/** Requests before the first round, or so much CPU: the bare route gets those of all contenders, and is never cold. */
const WARM_UP = 40_000
const WARM_UP_NEW = 6000
const WARM_UP_WORTH = 3_000_000

/**
 * Measures every contender and the bare route in turns, round by round: whatever else the machine does meanwhile falls on
 * all of them.
 */
export async function compare(
  entrants: readonly Entrant[],
  rounds: number,
  tell: (line: string) => void
): Promise<readonly Measurements[]> {
  const all = []
  for (const entrant of entrants) all.push({ entrant, count: await warmUp(entrant), costs: [], bareCosts: [] })
  for (let round = 0; round < rounds; round++) {
    tell(`round ${round + 1} of ${rounds}`)
    for (const each of all) await measure(each, round)
  }
  return all
}

/** Lets both sides be compiled and optimized, and gives how many requests to measure with. */
async function warmUp(entrant: Entrant): Promise<number> {
  const [most, enough] = entrant.contender.sends.startsWith('new ') ? [MOST_NEW, WARM_UP_NEW] : [MOST, WARM_UP]
  let count = FEWEST
  for (let sent = 0, spent = 0; sent < enough && spent < WARM_UP_WORTH; sent += count) {
    const headers = await entrant.headers(BEFORE + count)
    await cost(entrant.bare, headers)
    const each = await cost(entrant, headers)
    spent += count * each
    count = Math.round(Math.max(FEWEST, Math.min(WORTH / each, most)))
  }
  return count
}

async function measure(
  { entrant, count, costs, bareCosts }: Measurements & { readonly count: number },
  round: number
): Promise<void> {
  const headers = await entrant.headers(BEFORE + count)
  const own = async (): Promise<unknown> => costs.push(await cost(entrant, headers))
  const bare = async (): Promise<unknown> => bareCosts.push(await cost(entrant.bare, headers))
  // Neither always comes first.
  for (const side of round % 2 === 0 ? [bare, own] : [own, bare]) await side()
}
