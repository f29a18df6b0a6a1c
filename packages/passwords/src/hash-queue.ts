import { availableParallelism } from 'node:os'
import { UnavailableError } from '@latchkey/guard'
import { integer, type MembersOf, optional } from '@latchkey/options'

/** How many passwords are hashed at once, and how many requests may wait. */
export interface HashQueueOptions {
  /**
   * How many hashes run at once. Default: one less than `os.availableParallelism()`, and at least 1, so that one core is left
   * for the event loop. Node runs hashes in its thread pool, which has four threads unless `UV_THREADPOOL_SIZE` is set.
   */
  concurrentHashes?: number
  /**
   * How many more requests may wait for their hash. Addresses take turns. When the queue is full, one request is answered 503
   * at once: the newest of the address with the most waiting requests. Default: 100.
   */
  waitingHashes?: number
  /** How long a request waits for its hash before it is answered 503, in seconds. Default: 5. */
  longestWait?: number
}

/** The schemas of {@link HashQueueOptions}, with the defaults. */
export const queueMembers: MembersOf<Required<HashQueueOptions>> = {
  concurrentHashes: optional(integer(1, 1024, 'hashes'), Math.min(1024, Math.max(1, availableParallelism() - 1))),
  waitingHashes: optional(integer(0, 100_000, 'requests'), 100),
  longestWait: optional(integer(1, 60, 'seconds'), 5)
}

/** Runs work in turns. */
export interface HashQueue {
  /**
   * Runs the work when its turn comes.
   *
   * @param client - the network that the work is for, as guard's `clientNetwork()` returns it
   * @param signal - removes the work from the queue, if it has not begun
   * @throws UnavailableError when the queue is full, the turn does not come in time, or the client has disconnected. The errors
   * of the work
   */
  run<T>(work: () => Promise<T>, client: string, signal: AbortSignal): Promise<T>
}

/** Work that waits for its turn. */
interface Waiting {
  begin(): void
  refuse(reason: UnavailableError): void
}

/**
 * A bounded queue, so that a burst of requests uses a fixed amount of memory and time. Each client has its own line, and the
 * lines take turns. When the queue is full, a client with a shorter line displaces the newest work of the longest line. So one
 * client can use the whole queue while no other client needs it, and does not block the others.
 */
export function hashQueue({ concurrentHashes, waitingHashes, longestWait }: Required<HashQueueOptions>): HashQueue {
  /** The line of each waiting client. The first in the map is next. No line is empty. */
  const lines = new Map<string, Set<Waiting>>()
  let waiting = 0
  let running = 0

  return {
    async run(work, client, signal) {
      if (signal.aborted) throw unwanted()
      if (running < concurrentHashes) running++
      else await turn(client, signal)
      try {
        return await work()
      } finally {
        passOn()
      }
    }
  }

  /** Hands the slot of finished work to the oldest work of the next line, and moves that line to the end. */
  function passOn(): void {
    const [next] = lines
    if (next === undefined) {
      running--
      return
    }
    const [client, line] = next
    const [first] = line
    lines.delete(client)
    lines.set(client, line)
    first?.begin()
  }

  async function turn(client: string, signal: AbortSignal): Promise<void> {
    if (waiting >= waitingHashes) makeRoomFor(client)
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => {
        self.refuse(new UnavailableError('The password was not verified in time'))
      }, longestWait * 1000)
      const self: Waiting = {
        begin() {
          leave()
          resolve()
        },
        refuse(reason) {
          leave()
          reject(reason)
        }
      }
      const line = lines.get(client) ?? new Set()
      lines.set(client, line.add(self))
      waiting++
      signal.addEventListener('abort', giveUp)

      function giveUp(): void {
        self.refuse(unwanted())
      }
      function leave(): void {
        clearTimeout(timer)
        signal.removeEventListener('abort', giveUp)
        line.delete(self)
        waiting--
        if (line.size === 0) lines.delete(client)
      }
    })
  }

  /** Refuses the newest work of the longest line. Throws if the client's line would become as long as that line. */
  function makeRoomFor(client: string): void {
    let longest = new Set<Waiting>()
    for (const line of lines.values()) if (line.size > longest.size) longest = line
    if (longest.size <= (lines.get(client)?.size ?? 0) + 1) throw full()
    ;[...longest].at(-1)?.refuse(full())
  }
}

function full(): UnavailableError {
  return new UnavailableError('Too many passwords wait to be verified')
}

function unwanted(): UnavailableError {
  return new UnavailableError('Nobody waits for the password to be verified any more')
}
