// The reports of a server process about itself: memory, delays, log and errors without a handler.
import { monitorEventLoopDelay } from 'node:perf_hooks'
import type { State } from './order.ts'

const MOST_MESSAGES = 200
/** The resolution of the measurement of delays, in milliseconds. */
const RESOLUTION = 10
const NANOSECONDS = 1e6

/** Watches this process. */
export interface Reporting {
  /** A destination for the log of Fastify. */
  readonly stream: { write(line: string): void }
  /** Collects garbage first. */
  state(): State
}

export function reporting(): Reporting {
  const unhandled: string[] = []
  const warnings = new Set<string>()
  const log = new Map<string, number>()
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION })
  delay.enable()
  process.on('unhandledRejection', (reason) =>
    unhandled.push(reason instanceof Error ? (reason.stack ?? '') : 'no Error')
  )
  process.on('warning', ({ name }) => warnings.add(name))

  return {
    stream: {
      write(line) {
        const { msg } = JSON.parse(line) as { msg?: string } // a line of pino
        const message = (msg ?? '').replace(/\d+/g, '…').slice(0, 160)
        if (log.has(message) || log.size < MOST_MESSAGES) log.set(message, (log.get(message) ?? 0) + 1)
      }
    },
    state() {
      const longest = delay.max / NANOSECONDS
      globalThis.gc?.()
      const { heapUsed, rss } = process.memoryUsage()
      // The delay by the garbage collection itself does not count.
      setTimeout(() => delay.reset(), RESOLUTION * 2)
      return {
        heapUsed,
        rss,
        delay: Math.round(longest),
        unhandled: unhandled.splice(0),
        warnings: [...warnings],
        log: Object.fromEntries(log)
      }
    }
  }
}
