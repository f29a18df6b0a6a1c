import type { Channel } from 'node:diagnostics_channel'
import type { FastifyBaseLogger } from 'fastify'

/** How the log is told of an event. */
export interface Telling {
  /** The server's logger, or a request's. */
  readonly log: Pick<FastifyBaseLogger, 'info' | 'warn' | 'error'> & { isLevelEnabled?(level: string): boolean }
  readonly message: string
  /** Default: `'info'`. */
  readonly level?: 'info' | 'warn' | 'error' | undefined
  /** Members for the log alone. Asked only where the log wants the line: anybody can cause refusals. */
  readonly details?: (() => object) | undefined
}

/**
 * Tells the log of an event, under the name of its channel, and whoever listens there, who get it frozen. What they throw
 * changes no answer: Node reports it as `uncaughtException`. For authors of plugins.
 *
 * @param event - JSON without secrets
 * @see [node:diagnostics_channel](https://nodejs.org/api/diagnostics_channel.html)
 */
export function tell(channel: Channel, event: object, { log, message, level = 'info', details }: Telling): void {
  if (log.isLevelEnabled?.(level) !== false) log[level]({ event: channel.name, ...event, ...details?.() }, message)
  if (channel.hasSubscribers) channel.publish(Object.freeze(event))
}
