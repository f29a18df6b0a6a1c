import type { Target } from './contender.ts'
import type { Measurements } from './comparison.ts'

/** Ratios of all rounds in short. */
export interface Spread {
  readonly median: number
  readonly least: number
  readonly greatest: number
}

/** How a contender did against a target. */
export interface Verdict extends Target {
  readonly ratio: Spread
  readonly isMet: boolean
}

/** By how much a contender costs less than the bare route, round by round: 1 is all that could be hoped for. */
export function ofBare({ costs, bareCosts }: Measurements): number[] {
  return costs.map((cost, round) => (bareCosts[round] ?? Number.NaN) / cost)
}

/** The verdict on each of a contender's targets; not on those whose other contender did not run. */
export function verdicts(measured: Measurements, all: readonly Measurements[]): readonly Verdict[] {
  return (measured.entrant.contender.targets ?? []).flatMap((target) => {
    const ratios = ratiosTo(target.than, measured, all)
    if (ratios === undefined) return []
    const ratio = spread(ratios)
    return [{ ...target, ratio, isMet: ratio.median >= target.least }]
  })
}

function ratiosTo(than: string, measured: Measurements, all: readonly Measurements[]): number[] | undefined {
  const own = ofBare(measured)
  if (than === 'bare') return own
  const other = all.find(({ entrant }) => entrant.contender.name === than)
  if (other === undefined) return undefined
  const others = ofBare(other)
  return own.map((ratio, round) => ratio / (others[round] ?? Number.NaN))
}

export function spread(values: readonly number[]): Spread {
  return { median: median(values), least: Math.min(...values), greatest: Math.max(...values) }
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.slice(Math.floor((sorted.length - 1) / 2), Math.floor(sorted.length / 2) + 1)
  return middle.reduce((sum, value) => sum + value, 0) / middle.length
}

/** The least and the greatest of a spread, as text. */
export function range({ least, greatest }: Spread, digits = 2): string {
  return `${least.toFixed(digits)} to ${greatest.toFixed(digits)}`
}

/** The value that a share of all values does not exceed. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((one, other) => one - other)
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN
}
