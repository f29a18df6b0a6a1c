// What it takes to boot a server: CPU of the process from the first line of the application to a server that listens,
// without the loading of modules. Each boot is a process of its own.
import path from 'node:path'
import { ask, program, stop } from '../child.ts'
import { pin, SERVERS } from '../pinning.ts'
import { median, range, spread } from '../ratios.ts'
import { bySize, type Context, isInterrupted, roundsOf, type Scenario, type Section } from '../scenario.ts'
import type { Booted, Order, ServerKind } from './program.ts'

const ROUNDS = { full: 9, quick: 3, smoke: 1 }
const ROUTES = { full: [10, 5000], quick: [10, 5000], smoke: [10] }
const KINDS: readonly ServerKind[] = ['bare', 'guard and bearer', 'guard, bearer and session']
/** Of one boot, in seconds, with the loading. */
const EACH = 3

export const boot: Scenario = {
  name: 'boot',
  title: 'Boot',
  seconds: (context) => roundsOf(context, ROUNDS) * KINDS.length * bySize(context, ROUTES).length * EACH,
  run
}

interface Result extends Order {
  /** Of every round. */
  readonly booted: readonly Booted[]
}

async function run(context: Context): Promise<Section> {
  const orders = bySize(context, ROUTES).flatMap((routes) => KINDS.map((server): Order => ({ server, routes })))
  const results = orders.map((order) => ({ ...order, booted: [] as Booted[] }))
  const rounds = roundsOf(context, ROUNDS)
  for (let round = 0; round < rounds && !isInterrupted(context); round++) {
    const all: Booted[] = []
    for (const [at, order] of orders.entries()) {
      if (isInterrupted(context)) break
      context.tell(
        `round ${round + 1} of ${rounds}: ${order.server}, ${order.routes} routes`,
        (round + at / orders.length) / rounds
      )
      all.push(await bootOnce(order))
    }
    if (all.length === orders.length) for (const [at, booted] of all.entries()) results[at]?.booted.push(booted)
  }
  return { markdown: table(results), data: results }
}

async function bootOnce(order: Order): Promise<Booted> {
  const child = program(path.join(import.meta.dirname, 'program.ts'))
  pin(child.pid, SERVERS)
  try {
    return await ask<Booted>(child, order)
  } finally {
    await stop(child)
  }
}

function table(results: readonly Result[]): string {
  const lines = results
    .filter(({ booted }) => booted.length > 0)
    .map(({ server, routes, booted }) => {
      const bare = results.find((other) => other.server === 'bare' && other.routes === routes)
      const ratios = booted.map(({ microseconds }, at) => microseconds / (bare?.booted[at]?.microseconds ?? Number.NaN))
      const milliseconds = median(booted.map(({ microseconds }) => microseconds)) / 1000
      const heap = median(booted.map(({ heapUsed }) => heapUsed)) / 1_048_576
      return `| ${[server, routes, `${milliseconds.toFixed(0)} ms`, median(ratios).toFixed(2), range(spread(ratios)), `${heap.toFixed(1)} MB`].join(' | ')} |`
    })
  return [
    `${results[0]?.booted.length ?? 0} complete rounds, medians.`,
    '',
    '| server | routes | CPU | × bare | spread | heap, with garbage |',
    '| --- | --: | --: | --: | --- | --: |',
    ...lines
  ].join('\n')
}
