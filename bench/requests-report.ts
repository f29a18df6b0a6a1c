import type { Measurements } from './comparison.ts'
import { median, ofBare, range, spread, verdicts } from './ratios.ts'

/** Contenders that cannot run on this machine, with the reasons. */
export type Skipped = readonly (readonly [name: string, reason: string])[]

/** The measurements as Markdown: for each contender what it costs, and then which targets are met. */
export function requestsTable(all: readonly Measurements[], skipped: Skipped): string {
  return [
    `${all[0]?.costs.length ?? 0} complete rounds.`,
    '',
    '| contender | sends | CPU per request | of bare | spread |',
    '| --- | --- | --: | --: | --- |',
    ...all.filter(hasRounds).map(costLine),
    '',
    '| contender | target | measured | spread | met |',
    '| --- | --- | --: | --- | --- |',
    ...all.filter(hasRounds).flatMap((measured) => targetLines(measured, all)),
    ...(skipped.length > 0 ? ['', ...skipped.map(([name, reason]) => `Not measured: ${name} (${reason}).`)] : [])
  ].join('\n')
}

/** The measurements as data. */
export function requestsData(all: readonly Measurements[], skipped: Skipped): unknown {
  const contenders = all.filter(hasRounds).map((measured) => ({
    name: measured.entrant.contender.name,
    sends: measured.entrant.contender.sends,
    microseconds: measured.costs,
    bareMicroseconds: measured.bareCosts,
    ofBare: spread(ofBare(measured)),
    targets: verdicts(measured, all)
  }))
  return { contenders, skipped: Object.fromEntries(skipped) }
}

function hasRounds({ costs }: Measurements): boolean {
  return costs.length > 0
}

function costLine(measured: Measurements): string {
  const { name, sends } = measured.entrant.contender
  const ratio = spread(ofBare(measured))
  const microseconds = median(measured.costs).toFixed(1)
  return `| ${name} | ${sends} | ${microseconds} µs | ${ratio.median.toFixed(2)} | ${range(ratio)} |`
}

function targetLines(measured: Measurements, all: readonly Measurements[]): string[] {
  return verdicts(measured, all).map(({ than, least, ratio, isMet }) => {
    const cells = [measured.entrant.contender.name, `≥ ${least} × ${than}`, ratio.median.toFixed(2), range(ratio)]
    return `| ${[...cells, isMet ? 'yes' : '**no**'].join(' | ')} |`
  })
}
