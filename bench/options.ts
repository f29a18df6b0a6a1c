import { parseArgs } from 'node:util'
import type { Contender } from './contender.ts'

/** What the command line asks for. */
export interface Options {
  readonly smoke: boolean
  readonly growth: boolean
  readonly eventLoop: boolean
  readonly rounds: number
  /** Where to write the measurements. */
  readonly json: string | undefined
  readonly chosen: (contender: Contender) => boolean
}

const LEAST_ROUNDS = 7

/** @throws TypeError for options that do not exist or make no sense */
export function commandLine(): Options {
  const { values } = parseArgs({
    options: {
      smoke: { type: 'boolean', default: false },
      growth: { type: 'boolean', default: false },
      'event-loop': { type: 'boolean', default: false },
      rounds: { type: 'string', default: '9' },
      only: { type: 'string' },
      json: { type: 'string' }
    }
  })
  const rounds = Number(values.rounds)
  if (!Number.isInteger(rounds) || rounds < LEAST_ROUNDS) {
    throw new TypeError(`--rounds must be a whole number from ${LEAST_ROUNDS}: fewer say nothing`)
  }
  const parts = values.only?.split(',').map((part) => part.trim())
  const chosen = ({ name }: Contender): boolean => !parts || parts.some((part) => name.includes(part))
  const { smoke, growth, 'event-loop': eventLoop, json } = values
  return { smoke, growth, eventLoop, rounds, json, chosen }
}
