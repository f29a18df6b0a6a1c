import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { Test } from 'tap'

/** Collects the events of a channel while a test runs. */
// eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- the caller names the type of the events
export function heard<Event>(t: Test, channel: string): readonly Event[] {
  const events: Event[] = []
  const listener = (event: unknown): void => {
    events.push(event as Event) // the caller has named the type, and the test checks the event
  }
  subscribe(channel, listener)
  t.teardown(() => unsubscribe(channel, listener))
  return events
}
