import type { Circumstances } from './circumstances.ts'
import { quietnessText } from './quietness.ts'
import type { Scenario, Section } from './scenario.ts'

/** The load average for each core, above which a report warns. */
const MOST_LOAD = 0.5

/** A scenario with what it found, or with the error that ended it. */
export interface Chapter {
  readonly scenario: Pick<Scenario, 'name' | 'title'>
  readonly section?: Section
  readonly failure?: string
}

/** The report for people. */
export function markdown(chapters: readonly Chapter[], circumstances: Circumstances): string {
  const body = chapters.flatMap(({ scenario, section, failure }) => [
    `## ${scenario.title}`,
    '',
    section?.markdown ?? `**Failed**: ${failure ?? 'interrupted before anything was measured'}`,
    ''
  ])
  return ['# Benchmark', '', ...heading(circumstances), '', ...body].join('\n')
}

/** The report for programs. */
export function json(chapters: readonly Chapter[], circumstances: Circumstances): string {
  const found = chapters.map(({ scenario, section, failure }) => [
    scenario.name,
    section?.data ?? { failure: failure ?? 'interrupted' }
  ])
  return `${JSON.stringify({ ...circumstances, scenarios: Object.fromEntries(found) as unknown }, null, 2)}\n`
}

function heading(found: Circumstances): string[] {
  const load = (averages: readonly number[]): string => averages.map((each) => each.toFixed(2)).join(', ')
  return [
    ...(found.size === 'quick'
      ? ['**A rough answer**: few contenders, and too few rounds to tell small differences.', '']
      : []),
    ...(found.isInterrupted ? ['**Interrupted**: only the rounds that were complete are in it.', ''] : []),
    quietnessText(found.quiet ?? undefined),
    '',
    ...((found.loadBefore[0] ?? 0) > MOST_LOAD * found.cores
      ? ['**Other programs were running** when it started: see the load averages.', '']
      : []),
    '| | |',
    '| --- | --- |',
    `| date | ${found.date}, ${found.seconds} s |`,
    `| commit | ${found.commit}${found.hasChanges ? ', with changes' : ''} |`,
    `| CPU | ${found.cpu}, ${found.cores} cores |`,
    `| Node.js | ${found.node} |`,
    `| cores | ${found.isPinned ? 'servers and client of the requests on cores of their own' : 'NOT pinned'} |`,
    `| load averages before | ${load(found.loadBefore)} |`,
    `| load averages after | ${load(found.loadAfter)} |`
  ]
}
