import { spawnSync } from 'node:child_process'
import { cpus, loadavg } from 'node:os'
import { canPin } from './pinning.ts'
import type { Quietness } from './quietness.ts'
import type { Size } from './scenario.ts'

/** Where the numbers of a report come from. */
export interface Circumstances {
  readonly date: string
  readonly size: Size
  readonly seconds: number
  /** Whether Ctrl-C ended the run early. */
  readonly isInterrupted: boolean
  readonly node: string
  readonly cpu: string
  readonly cores: number
  /** Whether servers and client have cores of their own in the scenarios that need it. */
  readonly isPinned: boolean
  /** For the last one, five and fifteen minutes. */
  readonly loadBefore: readonly number[]
  readonly loadAfter: readonly number[]
  readonly commit: string
  /** Whether files differ from the commit. */
  readonly hasChanges: boolean
  readonly quiet: Quietness | null
}

/** Call it before the measurements, and the result after them. */
export function circumstances(size: Size): (isInterrupted: boolean, quiet: Quietness | undefined) => Circumstances {
  const [start, loadBefore] = [Date.now(), loadavg()]
  return (isInterrupted, quiet) => ({
    date: new Date(start).toISOString(),
    size,
    seconds: Math.round((Date.now() - start) / 1000),
    isInterrupted,
    node: process.version,
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: cpus().length,
    isPinned: canPin(),
    loadBefore,
    loadAfter: loadavg(),
    commit: git('rev-parse', 'HEAD') || 'unknown',
    hasChanges: git('status', '--porcelain') !== '',
    quiet: quiet ?? null
  })
}

/** Empty where there is no repository. */
function git(...command: readonly string[]): string {
  const { status, stdout } = spawnSync('git', command, { encoding: 'utf8', cwd: import.meta.dirname })
  return status === 0 ? stdout.trim() : ''
}
