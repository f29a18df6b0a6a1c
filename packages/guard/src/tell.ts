import type { Channel } from 'node:diagnostics_channel'
import type { FastifyBaseLogger } from 'fastify'

/**
 * The shape of all events of this suite, on every channel `latchkey:...`. An event is frozen and is plain JSON, without secrets.
 * The members of each event are those of its type. A member has the same meaning in all events.
 */
export interface LatchkeyEvent {
  /** The fact. It distinguishes the events of a channel. */
  readonly kind: string
  /** The user that the event is about; `null` if it is not known. */
  readonly subject?: string | null
  /** The OAuth client that the event is about; `null` if it is not known. */
  readonly clientId?: string | null
  /** The stable code of a failure; `null` if nothing failed. */
  readonly code?: string | null
  /** The cause of a change that is no failure. */
  readonly reason?: string
}

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
 * Publishes an event to the channel's subscribers, frozen, and writes it to the log, with the channel's name as `event`. An error
 * of a subscriber does not change the answer: Node reports it as `uncaughtException`. For authors of plugins.
 *
 * @param telling - the log line. Default: none, and the event is only published
 * @see [node:diagnostics_channel](https://nodejs.org/api/diagnostics_channel.html)
 *
 * @example tell(channel('shop:order'), { kind: 'placed', id }, { log: request.log, message: 'An order was placed' })
 */
export function tell(channel: Channel, event: LatchkeyEvent, telling?: Telling): void {
  if (telling) write(channel, event, telling)
  if (channel.hasSubscribers) channel.publish(Object.freeze(event))
}

function write(channel: Channel, event: LatchkeyEvent, { log, message, level = 'info', details }: Telling): void {
  if (log.isLevelEnabled?.(level) !== false) log[level]({ event: channel.name, ...event, ...details?.() }, message)
}
