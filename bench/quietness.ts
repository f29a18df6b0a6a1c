import type { Measurements } from './comparison.ts'
import { bare } from './contenders/bare.ts'
import { median, ofBare } from './ratios.ts'

/** By how much two servers with the same code may differ. */
const ALLOWED = 0.03

/** Whether the machine was quiet enough to tell small differences. */
export interface Quietness {
  readonly isQuiet: boolean
  /** Of the two bare contenders: 0.02 stands for 2 %. */
  readonly difference: number
}

/** `undefined` when the two bare contenders have no complete round. */
export function quietness(all: readonly Measurements[]): Quietness | undefined {
  const [one, other] = bare.map(({ name }) => all.find(({ entrant }) => entrant.contender.name === name))
  if (!one?.costs.length || !other?.costs.length) return undefined
  const difference = Math.abs(median(ofBare(one)) / median(ofBare(other)) - 1)
  return { isQuiet: difference < ALLOWED, difference }
}

/** For the report. */
export function quietnessText(quiet: Quietness | undefined): string {
  if (quiet === undefined)
    return 'Whether the machine was quiet is not known: the two bare routes have no complete round.'
  const percent = (100 * quiet.difference).toFixed(1)
  return quiet.isQuiet
    ? `The run was quiet: two servers with the same bare route differ by ${percent} %.`
    : `**The run was not quiet**: two servers with the same bare route differ by ${percent} %, and less than 3 % is needed. Differences of that size mean nothing.`
}
