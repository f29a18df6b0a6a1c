import { cpus } from 'node:os'
import type { Measurements } from './comparison.ts'
import { median, ofBare, type Spread, spread, verdicts } from './ratios.ts'

/** Where the numbers come from. */
export interface Circumstances {
  readonly rounds: number
  readonly isPinned: boolean
}

/** The measurements as Markdown: for each contender what it costs, and then which targets are met. */
export function markdown(all: readonly Measurements[], { rounds, isPinned }: Circumstances): string {
  const lines = [
    `Node.js ${process.version}, ${rounds} rounds, ${isPinned ? 'servers and client on cores of their own' : 'NOT pinned to cores'}`,
    '',
    '| contender | sends | CPU per request | of bare | spread |',
    '| --- | --- | --: | --: | --- |',
    ...all.map(costLine),
    '',
    '| contender | target | measured | spread | met |',
    '| --- | --- | --: | --- | --- |',
    ...all.flatMap((measured) => targetLines(measured, all))
  ]
  return lines.join('\n')
}

/** The measurements as data. */
export function json(all: readonly Measurements[], circumstances: Circumstances): string {
  const contenders = all.map((measured) => ({
    name: measured.entrant.contender.name,
    sends: measured.entrant.contender.sends,
    microseconds: measured.costs,
    bareMicroseconds: measured.bareCosts,
    ofBare: spread(ofBare(measured)),
    targets: verdicts(measured, all)
  }))
  const machine = { node: process.version, cpu: cpus()[0]?.model, cores: cpus().length }
  return `${JSON.stringify({ ...machine, ...circumstances, contenders }, null, 2)}\n`
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

function range({ least, greatest }: Spread): string {
  return `${least.toFixed(2)} to ${greatest.toFixed(2)}`
}
