import { availableParallelism } from 'node:os'
import { mustBeInteger, type OptionCheck, optional, UnavailableError } from '@latchkey/guard'

/** How many passwords are hashed at once, and how many wait for it. */
export interface HashQueueOptions {
  /**
   * How many hashes run at once. Default: one for each core. Node runs them in its thread pool, which has four threads
   * unless `UV_THREADPOOL_SIZE` says otherwise.
   */
  concurrentHashes?: number
  /** How many more requests may wait for their hash. One beyond that is answered 503 at once. Default: 100. */
  waitingHashes?: number
  /** How long a request waits for its hash before it is answered 503, in seconds. Default: 5. */
  longestWait?: number
}

export const queueChecks: { readonly [Name in keyof Required<HashQueueOptions>]: OptionCheck } = {
  concurrentHashes: optional(mustBeInteger(1, 1024, 'hashes')),
  waitingHashes: optional(mustBeInteger(0, 100_000, 'requests')),
  longestWait: optional(mustBeInteger(1, 60, 'seconds'))
}

/** Does work when its turn comes. */
export interface HashQueue {
  /**
   * @param signal - gives the place up while the work has not begun
   * @throws UnavailableError when there is no room, the turn does not come in time, or nobody wants it any more; what the
   * work throws
   */
  run<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T>
}

/** A queue with an end, so that a burst of requests costs no more memory and time than was set aside for it. */
export function hashQueue({
  concurrentHashes = availableParallelism(),
  waitingHashes = 100,
  longestWait = 5
}: HashQueueOptions): HashQueue {
  const waiting = new Set<() => void>()
  let running = 0

  return {
    async run(work, signal) {
      if (signal.aborted) throw unwanted()
      if (running < concurrentHashes) running++
      else await turn(signal)
      try {
        return await work()
      } finally {
        passOn()
      }
    }
  }

  /** Hands the place of finished work over to the one that has waited longest. */
  function passOn(): void {
    const [next] = waiting
    if (next) next()
    else running--
  }

  async function turn(signal: AbortSignal): Promise<void> {
    if (waiting.size >= waitingHashes) throw new UnavailableError('Too many passwords wait to be verified')
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => {
        leave()
        reject(new UnavailableError('The password was not verified in time'))
      }, longestWait * 1000)
      waiting.add(begin)
      signal.addEventListener('abort', giveUp)

      function begin(): void {
        leave()
        resolve()
      }
      function giveUp(): void {
        leave()
        reject(unwanted())
      }
      function leave(): void {
        clearTimeout(timer)
        waiting.delete(begin)
        signal.removeEventListener('abort', giveUp)
      }
    })
  }
}

function unwanted(): UnavailableError {
  return new UnavailableError('Nobody waits for the password to be verified any more')
}
