import { fork } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { answerOf } from '../server-process.ts'
import { percentile, probe } from './probe.ts'
import type { Refreshed } from './refreshing.ts'
import type { Started } from './server.ts'

const CLIENTS = 16
/** In milliseconds: with the load, 99 of 100 answers of the cheap route should take less. */
const TARGET = 30

/** Milliseconds that the cheap route took, without and with the load, and what the load was. */
export interface Result {
  readonly quiet: readonly number[]
  readonly loaded: readonly number[]
  readonly refreshesPerSecond: number
}

/**
 * Asks for a cheap route while clients refresh their tokens on SQLite, and while they do not, by turns. Server, clients and
 * probe are processes of their own; none is bound to a core.
 *
 * @param duration - of each turn, in milliseconds
 */
export async function eventLoop(rounds: number, duration: number): Promise<Result> {
  const folder = await mkdtemp(path.join(tmpdir(), 'latchkey-bench-'))
  const [server, clients] = [program('server.ts'), program('refreshing.ts')]
  try {
    server.send({ file: path.join(folder, 'bench.sqlite') })
    const { url } = await answerOf<Started>(server)
    clients.send({ url, clients: CLIENTS })
    await answerOf<Refreshed>(clients)
    const command = (what: 'start' | 'stop'): Promise<Refreshed> => {
      clients.send(what)
      return answerOf<Refreshed>(clients)
    }
    const turn = async (): Promise<{ quiet: number[]; loaded: number[]; load: Refreshed }> => {
      const quiet = await probe(url, duration)
      await command('start')
      const loaded = await probe(url, duration)
      return { quiet, loaded, load: await command('stop') }
    }
    await turn() // the compiler has done its work then
    const turns = []
    for (let round = 0; round < rounds; round++) turns.push(await turn())
    const sum = (values: readonly number[]): number => values.reduce((one, other) => one + other, 0)
    return {
      quiet: turns.flatMap(({ quiet }) => quiet),
      loaded: turns.flatMap(({ loaded }) => loaded),
      refreshesPerSecond: sum(turns.map(({ load }) => load.refreshes)) / sum(turns.map(({ load }) => load.seconds))
    }
  } finally {
    for (const child of [clients, server]) if (child.connected) child.disconnect()
    if (server.exitCode === null && server.signalCode === null)
      await new Promise((resolve) => server.once('exit', resolve))
    await rm(folder, { recursive: true })
  }
}

/** The result as Markdown. */
export function eventLoopTable({ quiet, loaded, refreshesPerSecond }: Result): string {
  const line = (name: string, share: number): string => {
    const [without, under] = [percentile(quiet, share), percentile(loaded, share)]
    return `| ${name} | ${without.toFixed(2)} ms | ${under.toFixed(2)} ms | ${(under / without).toFixed(2)} |`
  }
  const isMet = percentile(loaded, 0.99) < TARGET
  return [
    `${CLIENTS} clients refreshed ${refreshesPerSecond.toFixed(0)} tokens a second on SQLite.`,
    '',
    '| cheap route | without the load | with the load | ratio |',
    '| --- | --: | --: | --: |',
    line('p50', 0.5),
    line('p99', 0.99),
    line('longest', 1),
    '',
    `The target, a p99 below ${TARGET} ms with the load, is ${isMet ? 'met' : '**not met**'}.`
  ].join('\n')
}

function program(name: string): ReturnType<typeof fork> {
  return fork(path.join(import.meta.dirname, name), {
    execArgv: [...process.execArgv],
    env: { ...process.env, NODE_ENV: 'production' }
  })
}
