import type { Store } from '@latchkey/store'

/** The same store at another time, so that a test does not wait for it. */
export function atTime(store: Store, now: () => number): Store {
  return { ...store, clock: { now, async read() {} } }
}
