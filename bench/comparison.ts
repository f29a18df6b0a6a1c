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
const WARM_UP = 15_000

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

/** Lets both sides be compiled, and gives how many requests to measure with. */
async function warmUp(entrant: Entrant): Promise<number> {
  const most = entrant.contender.sends.startsWith('new ') ? MOST_NEW : MOST
  const few = await entrant.headers(BEFORE + FEWEST)
  await cost(entrant, few)
  const estimate = await cost(entrant, few)
  const warm = await entrant.headers(Math.min(WARM_UP, Math.ceil((3 * WORTH) / estimate), 3 * most))
  await cost(entrant.bare, warm)
  const settled = await cost(entrant, warm)
  return Math.round(Math.max(FEWEST, Math.min(WORTH / settled, most)))
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
