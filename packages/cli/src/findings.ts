import { paint, print, printJson } from './printing.ts'

/** How bad a finding is. Only an `error` makes the exit code 1. */
export type Severity = 'error' | 'warning' | 'note'

/** One finding of `latchkey doctor` or `latchkey mcp`. */
export interface Finding {
  /** The identifier of the rule, such as `memory-store`. */
  readonly rule: string
  readonly severity: Severity
  readonly finding: string
  readonly fix: string
  /** The section that explains it: a README below `node_modules`, or a page of a specification. */
  readonly see: string
}

const STYLES = { error: 'red', warning: 'yellow', note: 'cyan' } as const
const ORDER: readonly Severity[] = ['error', 'warning', 'note']

/**
 * Prints findings, the worst first. Returns the exit code.
 *
 * @param nothing - printed when there are none
 */
export function report(findings: readonly Finding[], nothing: string, asJson: boolean): number {
  const sorted = ORDER.flatMap((severity) => findings.filter((finding) => finding.severity === severity))
  if (asJson) printJson(sorted)
  else print(sorted.length === 0 ? nothing : [...sorted.map(paragraph), summary(sorted)].join('\n\n'))
  return sorted.some(({ severity }) => severity === 'error') ? 1 : 0
}

function paragraph({ rule, severity, finding, fix, see }: Finding): string {
  return `${paint(STYLES[severity], severity)} ${paint('bold', rule)}\n  ${finding}\n  Fix: ${fix}\n  See: ${see}`
}

function summary(findings: readonly Finding[]): string {
  return ORDER.flatMap((severity) => {
    const { length } = findings.filter((finding) => finding.severity === severity)
    return length === 0 ? [] : `${length} ${severity}${length === 1 ? '' : 's'}`
  }).join(', ')
}
