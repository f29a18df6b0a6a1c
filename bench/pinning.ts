import { spawnSync } from 'node:child_process'
import { availableParallelism } from 'node:os'

/** The core for servers, and that of the programs that ask them. */
export const SERVERS = '0'
export const CLIENT = '1'
/** The cores of this process when it started; `undefined` where processes cannot be pinned. */
export const ANY: string | undefined = coresOf(process.pid)
/** Their number. A pinned process sees only one. */
const CORES = availableParallelism()

let isWanted = true

/** For programs that measure nothing: they are done sooner on all cores. */
export function pinNothing(): void {
  isWanted = false
}

/** Keeps a process with all its threads on some cores. `false` where that cannot be done: then ratios are less certain. */
export function pin(pid: number | undefined, cores: string | undefined): boolean {
  if (pid === undefined || cores === undefined || !isWanted || !canPin()) return false
  return spawnSync('taskset', ['--all-tasks', '--cpu-list', '--pid', cores, `${pid}`]).status === 0
}

/** Whether servers and clients can have cores of their own. */
export function canPin(): boolean {
  return ANY !== undefined && CORES >= 2
}

function coresOf(pid: number): string | undefined {
  const { status, stdout } = spawnSync('taskset', ['--cpu-list', '--pid', `${pid}`], { encoding: 'utf8' })
  return status === 0 ? /: ([\d,-]+)\s*$/.exec(stdout)?.[1] : undefined
}
