import type { Channel } from 'node:diagnostics_channel'
import type { FastifyBaseLogger } from 'fastify'

/** Tells the log of an event, and whoever listens on its channel. What they throw changes no answer: Node reports it. */
export function tell(channel: Channel, event: object, log: Pick<FastifyBaseLogger, 'info'>, message: string): void {
  log.info({ event: channel.name, ...event }, message)
  if (channel.hasSubscribers) channel.publish(Object.freeze(event))
}
