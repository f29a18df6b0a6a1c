import { spawnSync } from 'node:child_process'
import { availableParallelism } from 'node:os'

/** The core for servers, and that of whoever asks them. */
export const SERVERS = 0
export const CLIENT = 1

/** Keeps a process with all its threads on one core. `false` where that cannot be done: then ratios are less certain. */
export function pin(pid: number | undefined, core: number): boolean {
  if (pid === undefined || availableParallelism() < 2) return false
  return spawnSync('taskset', ['--all-tasks', '--cpu-list', '--pid', `${core}`, `${pid}`]).status === 0
}
