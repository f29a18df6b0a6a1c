import { readFile, writeFile } from 'node:fs/promises'
import { CommandError } from '../command-error.ts'
import type { RouteEntry } from './inventory.ts'
import { without } from './without.ts'

/**
 * Writes the inventory to a file, one route a line, so that a change of one route is a change of one line.
 *
 * @throws CommandError when the file cannot be written
 */
export async function writeSnapshot(file: string, routes: readonly RouteEntry[]): Promise<void> {
  await writeFile(
    file,
    lines(routes)
      .map((line) => `${line}\n`)
      .join('')
  ).catch((cause: unknown) => {
    throw new CommandError(`${file}: the snapshot cannot be written`, { cause })
  })
}

/**
 * Returns the lines that differ between the file and the inventory: `-` for a line of the file, `+` for one of the server.
 *
 * @throws CommandError when the file cannot be read
 */
export async function differences(file: string, routes: readonly RouteEntry[]): Promise<readonly string[]> {
  const committed = await readFile(file, 'utf8').catch((cause: unknown) => {
    const fix = 'Fix: write it with "latchkey routes" and the same --snapshot, without --check, and commit it'
    throw new CommandError(`${file}: the snapshot cannot be read. ${fix}`, { cause })
  })
  // A checkout on Windows may have changed the ends of the lines.
  const before = committed.split(/\r?\n/).filter((line) => line !== '')
  const now = lines(routes)
  return [
    ...without(before, now, String).map((line) => `- ${line}`),
    ...without(now, before, String).map((line) => `+ ${line}`)
  ]
}

function lines(routes: readonly RouteEntry[]): readonly string[] {
  return routes.map(({ method, url, rule, guarded }) => `${method} ${url} ${ruleOf(rule, guarded)}`)
}

/** The rule for people: a text for a route without one too. */
export function ruleOf(rule: string | null, guarded: boolean): string {
  return rule ?? (guarded ? 'no rule' : 'no guard')
}
