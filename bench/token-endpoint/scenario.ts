// How many tokens a second the token endpoint issues, by grant and store, beside the least that the same store could need.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { ask, program, stop } from '../child.ts'
import { bySize, type Context, isInterrupted, roundsOf, type Scenario, type Section } from '../scenario.ts'
import type { Order as BoundOrder, Ready, Replayed } from './bound.ts'
import type { Load, Order as ClientsOrder } from './clients.ts'
import type { Grant } from './names.ts'
import type { Order, Started, Used } from './server.ts'
import { AT_ONCE, type StoreName, storeNames, unavailable } from './stores.ts'
import { type Measured, table } from './table.ts'

const ROUNDS = { full: 7, quick: 2, smoke: 1 }
/** Of the load, in milliseconds. */
const DURATION = { full: 2000, quick: 1000, smoke: 50 }
/** What the bound has of it, for each of the clients. */
const REFRESHES = { full: 60, quick: 20, smoke: 2 }
const LOGINS = { full: 100, quick: 50, smoke: 2 }

/** What is asked for, and where it is stored. */
export interface Case {
  readonly grant: Grant
  readonly store: StoreName
}

/** `none` is the same form to a route that only reads it. */
const CASES: readonly Case[] = [
  ...storeNames.map((store): Case => ({ grant: 'refresh_token', store })),
  { grant: 'password', store: 'memory' },
  { grant: 'client_credentials', store: 'memory' },
  { grant: 'none', store: 'memory' }
]

export const tokenEndpoint: Scenario = {
  name: 'token-endpoint',
  title: 'POST /token',
  seconds: (context) => CASES.length * (5 + (roundsOf(context, ROUNDS) + 1) * (bySize(context, DURATION) / 1000) * 1.5),
  run
}

/** A program in a process of its own. */
type Child = ReturnType<typeof program>

/** A case with its processes. */
interface Running {
  readonly measured: Measured
  readonly server: Child
  readonly order: ClientsOrder
  readonly bound?: Child
}

async function run(context: Context): Promise<Section> {
  const folder = await mkdtemp(path.join(tmpdir(), 'latchkey-bench-'))
  const children: Child[] = []
  const start = (name: string): Child => {
    const child = program(path.join(import.meta.dirname, name))
    children.push(child)
    return child
  }
  try {
    context.tell('starting', 0)
    const reasons = new Map(await Promise.all(storeNames.map(async (name) => [name, await unavailable(name)] as const)))
    const able = CASES.filter(({ store }) => reasons.get(store) === undefined)
    const stores = storeNames.filter((name) => reasons.get(name) === undefined)
    const clients = start('clients.ts')
    const servers = new Map(await Promise.all(stores.map(async (store) => [store, await serverOf(store)] as const)))
    const running = await Promise.all(able.map((each) => runningOf(each, servers)))
    await measure(running, clients, context)
    const measured = running.map((each) => each.measured)
    const skipped = CASES.filter((each) => !able.includes(each)).map(
      ({ grant, store }) => `Not measured: ${grant} on ${store} (${reasons.get(store)}).`
    )
    return { markdown: table(measured, skipped), data: { cases: measured, skipped } }
  } finally {
    await stop(...children)
    await rm(folder, { recursive: true })
  }

  async function serverOf(store: StoreName): Promise<Pick<Running, 'server'> & Started> {
    const server = start('server.ts')
    return { server, ...(await ask<Started>(server, { store, folder, logins: AT_ONCE } satisfies Order)) }
  }

  async function runningOf({ grant, store }: Case, servers: Servers): Promise<Running> {
    const found = servers.get(store)
    if (!found) throw new Error(`${store} was not started`)
    const { server, url, secret } = found
    const order = { url, secret, grant, clients: AT_ONCE }
    const measured = { grant, store, loads: [], bounds: [], microseconds: [] }
    if (grant === 'password') {
      const bound = start('passwords-bound.ts')
      await ask<Ready>(bound, { refreshes: bySize(context, LOGINS) })
      return { measured, server, order, bound }
    }
    if (grant !== 'refresh_token' || store === 'memory') return { measured, server, order }
    const bound = start('bound.ts')
    const refreshes = bySize(context, REFRESHES)
    const { steps } = await ask<Ready>(bound, { store, folder, refreshes } satisfies BoundOrder)
    return { measured: { ...measured, steps }, server, order, bound }
  }
}

type Servers = ReadonlyMap<StoreName, Pick<Running, 'server'> & Started>

async function measure(running: readonly Running[], clients: Child, context: Context): Promise<void> {
  const rounds = roundsOf(context, ROUNDS)
  // The first round is not counted: the compiler does its work in it.
  for (let round = 0; round <= rounds && !isInterrupted(context); round++) {
    const all = []
    for (const [at, each] of running.entries()) {
      if (isInterrupted(context)) return
      const what = round === 0 ? 'warming up' : `round ${round} of ${rounds}`
      const { grant, store } = each.measured
      context.tell(`${what}: ${grant} on ${store}`, (round + at / running.length) / (rounds + 1))
      all.push({ ...each, ...(await turn(each, clients, bySize(context, DURATION))) })
    }
    if (round === 0) continue
    for (const { measured, load, microseconds, replayed } of all) {
      measured.loads.push(load)
      measured.microseconds.push(microseconds)
      if (replayed) measured.bounds.push(replayed)
    }
  }
}

async function turn({ server, order, bound }: Running, clients: Child, duration: number) {
  await ask<Load>(clients, order)
  const before = await ask<Used>(server, 'usage')
  await ask<Load>(clients, 'start')
  await setTimeout(duration)
  const load = await ask<Load>(clients, 'stop')
  const after = await ask<Used>(server, 'usage')
  return {
    load,
    microseconds: (after.microseconds - before.microseconds) / load.tokens,
    replayed: bound && (await ask<Replayed>(bound, 'replay'))
  }
}
