import { parseArgs } from 'node:util'
import type { Context } from './scenario.ts'
import { scenarios } from './scenarios.ts'

/** What the command line asks for. */
export interface Options extends Pick<Context, 'size' | 'rounds' | 'chosen'> {
  /** The names of the scenarios to run. */
  readonly scenarios: readonly string[]
  /** The files to write the report into. */
  readonly json?: string
  readonly markdown?: string
}

/** Runs when the command line names no scenario. */
const DEFAULT = 'requests'
const FEWEST = { full: 7, quick: 3, smoke: 1 }

/** @throws TypeError for options that do not exist or contradict each other */
export function commandLine(): Options {
  const { values } = parseArgs({
    options: {
      ...Object.fromEntries(scenarios.map(({ name }) => [name, { type: 'boolean' as const }])),
      all: { type: 'boolean', default: false },
      smoke: { type: 'boolean', default: false },
      quick: { type: 'boolean', default: false },
      rounds: { type: 'string' },
      only: { type: 'string' },
      json: { type: 'string' },
      markdown: { type: 'string' }
    }
  })
  const { all, smoke, quick, only, json, markdown } = values
  if (smoke && quick) throw new TypeError('--smoke and --quick exclude each other: --smoke measures nothing')
  const size = smoke ? 'smoke' : quick ? 'quick' : 'full'
  const rounds = values.rounds === undefined ? undefined : Number(values.rounds)
  if (rounds !== undefined && !(Number.isInteger(rounds) && rounds >= FEWEST[size])) {
    throw new TypeError(`--rounds must be a whole number from ${FEWEST[size]}: fewer say nothing`)
  }
  const parts = only?.split(',').map((part) => part.trim())
  const given = scenarios.map(({ name }) => name).filter((name) => Reflect.get(values, name) === true)
  return {
    size,
    scenarios:
      all || (smoke && given.length === 0) ? scenarios.map(({ name }) => name) : given.length > 0 ? given : [DEFAULT],
    chosen: (name) => !parts || parts.some((part) => name.includes(part)),
    ...(rounds !== undefined && { rounds }),
    ...(json !== undefined && { json }),
    ...(markdown !== undefined && { markdown })
  }
}
