// A cheap route of a token endpoint, with and without clients that keep it busy.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { ask, program, stop } from '../child.ts'
import { sum } from '../progress.ts'
import { percentile } from '../ratios.ts'
import type { Context, Section } from '../scenario.ts'
import type { Load, Order as Clients } from '../token-endpoint/clients.ts'
import type { Grant } from '../token-endpoint/names.ts'
import type { Order, Started } from '../token-endpoint/server.ts'
import { probe } from './probe.ts'

/** What the clients do, for how long, and what the cheap route must keep. */
export interface Trial {
  readonly store: Order['store']
  readonly grant: Grant
  readonly clients: number
  readonly rounds: number
  /** Of a turn without the load and of one with it, in milliseconds. */
  readonly duration: number
  /** 99 of 100 answers of the cheap route should take less, in milliseconds. */
  readonly target: number
}

/** Milliseconds that the cheap route took, without and with the load, and what the load was. */
export interface Result {
  readonly quiet: readonly number[]
  readonly loaded: readonly number[]
  readonly loads: readonly Load[]
}

/**
 * Asks for the cheap route without and with the load, by turns. Server, clients and probe are processes of their own; none
 * is bound to a core.
 */
export async function underLoad(trial: Trial, context: Context): Promise<Section> {
  const folder = await mkdtemp(path.join(tmpdir(), 'latchkey-bench-'))
  const file = (name: string): string => path.join(import.meta.dirname, '../token-endpoint', name)
  const [server, clients] = [program(file('server.ts')), program(file('clients.ts'))]
  try {
    const logins = trial.grant === 'password' ? trial.clients : 0
    const started = await ask<Started>(server, { store: trial.store, folder, logins } satisfies Order)
    const { grant, clients: count } = trial
    await ask<Load>(clients, { ...started, grant, clients: count } satisfies Clients)
    const result = await measure(trial, started.url, clients, context)
    return { markdown: table(trial, result), data: { ...trial, ...result } }
  } finally {
    await stop(clients, server)
    await rm(folder, { recursive: true })
  }
}

async function measure(
  { rounds, duration }: Trial,
  url: string,
  clients: ReturnType<typeof program>,
  { signal, tell }: Context
): Promise<Result> {
  const turn = async (): Promise<{ quiet: number[]; loaded: number[]; load: Load }> => {
    const quiet = await probe(url, duration)
    await ask<Load>(clients, 'start')
    const loaded = await probe(url, duration)
    return { quiet, loaded, load: await ask<Load>(clients, 'stop') }
  }
  tell('warming up', 0)
  await turn() // the compiler has done its work then
  const turns = []
  for (let round = 0; round < rounds && !signal.aborted; round++) {
    tell(`round ${round + 1} of ${rounds}`, (round + 1) / (rounds + 1))
    turns.push(await turn())
  }
  return {
    quiet: turns.flatMap(({ quiet }) => quiet),
    loaded: turns.flatMap(({ loaded }) => loaded),
    loads: turns.map(({ load }) => load)
  }
}

function table({ store, grant, clients, target }: Trial, { quiet, loaded, loads }: Result): string {
  const line = (name: string, share: number): string => {
    const [without, under] = [percentile(quiet, share), percentile(loaded, share)]
    return `| ${name} | ${without.toFixed(2)} ms | ${under.toFixed(2)} ms | ${(under / without).toFixed(2)} |`
  }
  const rate = (of: (load: Load) => number): string =>
    (sum(loads.map(of)) / sum(loads.map(({ seconds }) => seconds))).toFixed(0)
  const refused = sum(loads.map((load) => load.refused))
  return [
    `${clients} clients got ${rate(({ tokens }) => tokens)} tokens a second (${grant}, ${store}), and ${refused} refusals. ${loads.length} complete rounds.`,
    '',
    '| cheap route | without the load | with the load | ratio |',
    '| --- | --: | --: | --: |',
    line('p50', 0.5),
    line('p99', 0.99),
    line('longest', 1),
    '',
    `The target, a p99 below ${target} ms with the load, is ${percentile(loaded, 0.99) < target ? 'met' : '**not met**'}.`
  ].join('\n')
}
