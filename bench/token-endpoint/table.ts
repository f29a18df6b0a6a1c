import { median, range, spread } from '../ratios.ts'
import type { Replayed } from './bound.ts'
import type { Load } from './clients.ts'
import type { Case } from './scenario.ts'
import { AT_ONCE } from './stores.ts'

/** What was measured of a case: one value of each for every complete round. */
export interface Measured extends Case {
  readonly loads: Load[]
  readonly bounds: Replayed[]
  /** CPU of the server for each token. */
  readonly microseconds: number[]
  /** Round trips of a refresh. */
  readonly steps?: number
}

export function table(all: readonly Measured[], skipped: readonly string[]): string {
  const lines = all
    .filter(({ loads }) => loads.length > 0)
    .map(({ grant, store, loads, bounds, microseconds, steps }) => {
      const rates = loads.map(({ tokens, seconds }) => tokens / seconds)
      const least = bounds.map(({ refreshes, seconds }) => refreshes / seconds)
      const of = least.length === 0 ? '' : median(rates.map((rate, at) => rate / (least[at] ?? Number.NaN))).toFixed(2)
      const name = grant === 'none' ? 'none: a route that reads the form' : grant
      return `| ${[
        name,
        grant === 'none' ? '' : store,
        median(rates).toFixed(0),
        range(spread(rates), 0),
        `${median(microseconds).toFixed(0)} µs`,
        least.length === 0 ? '' : median(least).toFixed(0),
        of,
        steps ?? ''
      ].join(' | ')} |`
    })
  return [
    `${AT_ONCE} requests at once; ${all[0]?.loads.length ?? 0} complete rounds.`,
    '',
    '| grant | store | tokens a second | spread | CPU of the server for each | bare driver, a second | of it | round trips |',
    '| --- | --- | --: | --- | --: | --: | --: | --: |',
    ...lines,
    ...(skipped.length > 0 ? ['', ...skipped] : [])
  ].join('\n')
}
