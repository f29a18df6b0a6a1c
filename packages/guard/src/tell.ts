import type { Channel } from 'node:diagnostics_channel'
import type { FastifyBaseLogger } from 'fastify'

/** The log line of an event. */
export interface Telling {
  /** The server's logger, or a request's. */
  readonly log: Pick<FastifyBaseLogger, 'info' | 'warn' | 'error'> & { isLevelEnabled?(level: string): boolean }
  readonly message: string
  /** Default: `'info'`. */
  readonly level?: 'info' | 'warn' | 'error' | undefined
  /** Returns members for the log alone. Called only if the log writes the line, because any client can cause refusals. */
  readonly details?: (() => object) | undefined
}

/**
 * Writes an event to the log, with the channel's name as `event`, and publishes it to the channel's subscribers, frozen. An
 * error of a subscriber does not change the answer: Node reports it as `uncaughtException`. For authors of plugins.
 *
 * @param event - JSON without secrets
 * @see [node:diagnostics_channel](https://nodejs.org/api/diagnostics_channel.html)
 *
 * @example tell(channel('shop:order'), { kind: 'placed', id }, { log: request.log, message: 'An order was placed' })
 */
export function tell(channel: Channel, event: object, { log, message, level = 'info', details }: Telling): void {
  if (log.isLevelEnabled?.(level) !== false) log[level]({ event: channel.name, ...event, ...details?.() }, message)
  if (channel.hasSubscribers) channel.publish(Object.freeze(event))
}
