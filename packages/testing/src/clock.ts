import { checkArgument, must } from '@latchkey/options'

/** A clock that stands still until a test moves it. */
export interface Clock {
  /** Returns the time in milliseconds since the epoch. Pass it as the option `now` of the plugins and of the store. */
  readonly now: () => number
  /**
   * Moves the clock by this many seconds. A negative number moves it back.
   *
   * @throws RegistrationError for a value that is not a finite number
   *
   * @example time.advance(3600)
   */
  advance(seconds: number): void
}

const aNumber = must<number>('be a finite number', Number.isFinite)

/**
 * Makes a clock for the `now` options. Pass its `now` to every plugin, to the store and to {@link testIssuer}, so that they agree
 * on the time. Does not change `Date.now` or timers.
 *
 * @param start - the first time, in milliseconds since the epoch. Default: the current time
 * @throws RegistrationError for a start that is not a finite number
 *
 * @example
 * ```ts
 * const time = clock()
 * const app = await build({ store: memoryStore({ now: time.now }), now: time.now })
 * time.advance(24 * 3600)
 * ```
 */
export function clock(start: number = Date.now()): Clock {
  let milliseconds = checkArgument('clock()', 'start', aNumber, start)
  return Object.freeze({
    now: () => milliseconds,
    advance(seconds: number) {
      milliseconds += checkArgument('advance()', 'seconds', aNumber, seconds) * 1000
    }
  })
}
