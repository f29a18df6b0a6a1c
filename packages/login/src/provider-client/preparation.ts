import { setImmediate } from 'node:timers/promises'

/** Work in the background, between the start and the end of a server. */
export interface Preparation {
  readonly start: () => void
  /** Resolves when no work is under way any more. */
  readonly stop: () => Promise<void>
}

/**
 * Takes one step after the other. The server answers requests in between.
 *
 * @param steps - none of them rejects
 */
export function preparation(steps: readonly (() => Promise<void>)[]): Preparation {
  let isStopped = false
  let underWay = Promise.resolve()
  return {
    start() {
      underWay = prepareAll()
    },
    async stop() {
      isStopped = true
      await underWay
    }
  }

  async function prepareAll(): Promise<void> {
    for (const step of steps) {
      await setImmediate()
      if (isStopped) return
      await step()
    }
  }
}
