import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { Test } from 'tap'

/** Collects the events of a channel while a test runs. */
// eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- who asks says what the channel promises
export function heard<Event>(t: Test, channel: string): readonly Event[] {
  const events: Event[] = []
  const listener = (event: unknown): void => {
    events.push(event as Event) // as promised, and the test then looks at it
  }
  subscribe(channel, listener)
  t.teardown(() => unsubscribe(channel, listener))
  return events
}
