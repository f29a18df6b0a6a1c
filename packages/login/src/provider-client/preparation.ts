import { setImmediate } from 'node:timers/promises'
import type { RelyingParty } from './relying-party.ts'

/** Work in the background, between the start and the end of a server. */
export interface Preparation {
  readonly start: () => void
  /** Resolves when no work is under way any more. */
  readonly stop: () => Promise<void>
}

/** Prepares one provider after the other. The server answers requests in between. */
export function preparation(parties: Iterable<RelyingParty>): Preparation {
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
    for (const { prepare } of parties) {
      await setImmediate()
      if (isStopped) return
      await prepare()
    }
  }
}
