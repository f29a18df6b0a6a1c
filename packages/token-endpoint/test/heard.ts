import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { Test } from 'tap'

/** The events that a channel publishes while a test runs. */
// eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- the caller names the type of the events
export function heard<Event>(t: Test, channel: string, also: () => void = () => undefined): readonly Event[] {
  const events: Event[] = []
  const listener = (event: unknown): void => {
    events.push(event as Event) // the caller chose the type, and the test checks the event
    also()
  }
  subscribe(channel, listener)
  t.teardown(() => unsubscribe(channel, listener))
  return events
}

/** The events of a channel in the lines of a log. */
export function heardIn(lines: readonly string[], channel: string): readonly unknown[] {
  return lines.map((line) => JSON.parse(line) as { event?: unknown }).filter(({ event }) => event === channel)
}
