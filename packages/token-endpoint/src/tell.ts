import type { Channel } from 'node:diagnostics_channel'
import type { FastifyBaseLogger } from 'fastify'

/** How the log is told of an event. */
export interface Telling {
  readonly log: Pick<FastifyBaseLogger, 'info' | 'warn' | 'error'> & { isLevelEnabled?(level: string): boolean }
  readonly message: string
  /** Default: `info`. */
  readonly level?: 'info' | 'warn' | 'error'
  /** For the log alone. Asked only when that wants it: anybody can cause refusals. */
  readonly err?: () => unknown
}

/** Tells the log of an event, and whoever listens on its channel. What they throw changes no answer: Node reports it. */
export function tell(channel: Channel, event: object, { log, message, level = 'info', err }: Telling): void {
  if (log.isLevelEnabled?.(level) !== false) {
    log[level]({ event: channel.name, ...event, ...(err && { err: err() }) }, message)
  }
  if (channel.hasSubscribers) channel.publish(Object.freeze(event))
}
