// CPU per request of each contender, as a ratio to a bare Fastify route that is sent the very same requests.
import { compare, type Measurements } from './comparison.ts'
import type { Contender } from './contender.ts'
import { contenders } from './contenders/index.ts'
import { bare } from './contenders/bare.ts'
import { bareRoutes, type Entrant, entrant } from './entrant.ts'
import { ANY, CLIENT, pin } from './pinning.ts'
import { type Quietness, quietness } from './quietness.ts'
import { requestsData, requestsTable } from './requests-report.ts'
import { bySize, type Context, roundsOf, type Scenario, type Section } from './scenario.ts'
import { type ServerProcess, serverProcess } from './server-process.ts'
import { tokenIssuer } from './tokens.ts'

const ROUNDS = { full: 9, quick: 3, smoke: 1 }

/** Of each contender, in seconds: starting and warming up, and a round. */
const WARM_UP = { full: 7, quick: 4, smoke: 0.5 }
const ROUND = 0.8

export const requests: Scenario = {
  name: 'requests',
  title: 'CPU per request',
  seconds: (context) => secondsOf(chosenOf(context), context),
  run: async (context) => (await measureRequests(context)).section
}

/** The section, and what the two bare contenders say about the run. */
export async function measureRequests(
  context: Context
): Promise<{ readonly section: Section; readonly quiet: Quietness | undefined }> {
  const { able, unable } = await sorted(chosenOf(context))
  const measured = await measureAll(able, context)
  return {
    section: { markdown: requestsTable(measured, unable), data: requestsData(measured, unable) },
    quiet: quietness(measured)
  }
}

/** Measures the two bare contenders alone, when no others are wanted. */
export async function measureQuietness(context: Context): Promise<Quietness | undefined> {
  return quietness(await measureAll(bare, context))
}

/** How long {@link measureQuietness} takes on an idle machine, in seconds. */
export function secondsOfQuietness(context: Context): number {
  return secondsOf(bare, context)
}

function secondsOf(some: readonly Contender[], context: Context): number {
  return some.length * (bySize(context, WARM_UP) + roundsOf(context, ROUNDS) * ROUND)
}

/** The two bare contenders are always among them. */
function chosenOf({ size, chosen }: Context): readonly Contender[] {
  return contenders.filter(
    (contender) =>
      bare.includes(contender) || (chosen(contender.name) && (size !== 'quick' || contender.isQuick === true))
  )
}

/** The contenders that can run here, and the reasons why the others cannot. */
async function sorted(
  all: readonly Contender[]
): Promise<{ able: readonly Contender[]; unable: readonly (readonly [name: string, reason: string])[] }> {
  const reasons = await Promise.all(all.map(async ({ unavailable }) => unavailable?.()))
  return {
    able: all.filter((_, at) => reasons[at] === undefined),
    unable: all.flatMap(({ name }, at) => (reasons[at] === undefined ? [] : [[name, reasons[at]] as const]))
  }
}

async function measureAll(all: readonly Contender[], context: Context): Promise<readonly Measurements[]> {
  const isPinned = pin(process.pid, CLIENT)
  const issuer = await tokenIssuer()
  const routes = await bareRoutes(issuer)
  const running: ServerProcess[] = [...routes.values()].map(({ server }) => server)
  try {
    if (context.size === 'smoke') {
      for (const { contender } of await together(all)) console.log(`${contender.name}: answers as it must`)
      return []
    }
    const entrants: Entrant[] = []
    for (const contender of all) {
      if (context.signal.aborted) return []
      context.tell(`starting ${contender.name}`, 0)
      entrants.push(...(await together([contender])))
    }
    return await compare(entrants, roundsOf(context, ROUNDS), context)
  } finally {
    for (const server of running) server.stop()
    if (isPinned) pin(process.pid, ANY)
  }

  /** Contenders in one process, each of them proved. */
  async function together(some: readonly Contender[]): Promise<Entrant[]> {
    const server = await serverProcess({ names: some.map(({ name }) => name), keys: issuer.keys })
    running.push(server)
    return Promise.all(some.map((contender, at) => entrant(contender, { server, at }, routes, issuer)))
  }
}
