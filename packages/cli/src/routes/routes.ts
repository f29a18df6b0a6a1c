import { AppFailure, type LoadOptions, openApp } from '../app/open-app.ts'
import { CommandError } from '../command-error.ts'
import { note, paint, print, printJson, table } from '../printing.ts'
import { inventory, type RouteEntry } from './inventory.ts'
import { differences, ruleOf, writeSnapshot } from './snapshot.ts'

/** The options of `latchkey routes`. */
export interface RoutesOptions extends LoadOptions {
  readonly json?: boolean
  readonly check?: boolean
  readonly snapshot?: string
}

/** Prints the routes of an app file with their rules. Returns the exit code. */
export async function routes(file: string, options: RoutesOptions): Promise<number> {
  const { json = false, check = false, snapshot } = options
  const found = inventory(await reportOf(file, options))
  if (json) printJson(found)
  else print(listing(found))
  if (!check) {
    if (snapshot !== undefined) await writeSnapshot(snapshot, found)
    return 0
  }
  const open = found.filter(({ rule }) => rule === null)
  const changed = snapshot === undefined ? [] : await differences(snapshot, found)
  if (open.length > 0) {
    note(`${open.length} of ${found.length} routes have no rule. Fix: give each a rule, in a context with a guard`)
  }
  if (changed.length > 0) {
    note(`The routes differ from ${String(snapshot)}:\n${changed.join('\n')}`)
    note('Fix: if the change is intended, run the command without --check, and commit the file')
  }
  return open.length + changed.length > 0 ? 1 : 0
}

async function reportOf(file: string, options: LoadOptions) {
  try {
    const app = await openApp(file, options)
    await app.close()
    return app.report
  } catch (error) {
    // The guard lists the routes that have no rule.
    const isAnswer = error instanceof AppFailure && error.failure.code === 'LATCHKEY_ROUTE_ACCESS'
    throw isAnswer ? new CommandError(error.message, { exitCode: 1, cause: error }) : error
  }
}

function listing(found: readonly RouteEntry[]): string {
  const rows = found.map(({ method, url, rule, sources, guarded }) => {
    const text = ruleOf(rule, guarded)
    return [short(method), url, rule === null ? paint('red', text) : text, sources.join(', ')]
  })
  return table(['METHOD', 'PATH', 'RULE', 'DECLARED BY'], rows)
}

/** The first methods of a long list: a plugin refuses all but one or two with a route for the others. */
function short(methods: string): string {
  const names = methods.split(',')
  return names.length > 3 ? `${names.slice(0, 2).join(',')},+${names.length - 2}` : methods
}
