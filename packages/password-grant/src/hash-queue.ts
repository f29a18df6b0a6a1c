import { availableParallelism } from 'node:os'
import { mustBeInteger, type OptionCheck, optional, UnavailableError } from '@latchkey/guard'

/** How many passwords are hashed at once, and how many wait for it. */
export interface HashQueueOptions {
  /**
   * How many hashes run at once. Default: one for each core. Node runs them in its thread pool, which has four threads
   * unless `UV_THREADPOOL_SIZE` says otherwise.
   */
  concurrentHashes?: number
  /**
   * How many more requests may wait for their hash. Addresses take turns. One request beyond that is answered 503 at once:
   * the newest of the address that has most of them. Default: 100.
   */
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
   * @param client - the network that the work is for, as guard's `clientNetwork()` names it
   * @param signal - gives the place up while the work has not begun
   * @throws UnavailableError when there is no room, the turn does not come in time, or the client has gone; what the work
   * throws
   */
  run<T>(work: () => Promise<T>, client: string, signal: AbortSignal): Promise<T>
}

/** Work that waits for its turn. */
interface Waiting {
  begin(): void
  refuse(reason: UnavailableError): void
}

/**
 * A queue with an end, so that a burst of requests costs no more memory and time than was set aside for it. Each client has
 * a line of its own, and the lines take turns. When the queue is full, the newest of the longest line makes room for a
 * client whose line is shorter: one client uses all of the queue while no other wants it, and starves no other.
 */
export function hashQueue({
  concurrentHashes = availableParallelism(),
  waitingHashes = 100,
  longestWait = 5
}: HashQueueOptions): HashQueue {
  /** The line of each client that waits, the next one first. None is empty. */
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

  /** Hands the place of finished work to the oldest of the next line, which is then the last. */
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

  /** Refuses the newest of the longest line. Throws, unless the line of the client stays shorter than that one was. */
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
