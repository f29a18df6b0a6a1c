/** The outcome of one check: `'ok'`, or the reason why it failed. */
export type Outcome = string

export const OK = 'ok'

/** Runs checks, prints one line for each, and keeps the output of those that failed. */
export interface Checks {
  /** Whether the action ends without an error. */
  passes(title: string, action: () => Promise<unknown>): Promise<boolean>
  /** The outcome of the action, which is reported but does not count as a failure. */
  tries(title: string, action: () => Promise<unknown>): Promise<Outcome>
  readonly failures: readonly string[]
}

export function checks(): Checks {
  const failures: string[] = []
  return {
    failures,
    async passes(title, action) {
      const outcome = await attempt(title, action, 'FAIL')
      if (outcome !== OK) failures.push(`\n== ${title}\n${outcome}`)
      return outcome === OK
    },
    tries: async (title, action) => attempt(title, action, 'no')
  }
}

async function attempt(title: string, action: () => Promise<unknown>, failed: string): Promise<Outcome> {
  const before = performance.now()
  try {
    await action()
    console.log(`ok    ${title}  ${Math.round(performance.now() - before)} ms`)
    return OK
  } catch (error) {
    console.log(`${failed.padEnd(5)} ${title}`)
    return error instanceof Error ? error.message : String(error)
  }
}
