import type { Store } from '@latchkey/store'

/** The same store at another time: what a test does not want to wait for. */
export function atTime(store: Store, now: () => number): Store {
  return { ...store, clock: { now, async read() {} } }
}
