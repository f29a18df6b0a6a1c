import { isNear, type StoreClock } from './clock.ts'
import { StoreSetupError } from './errors.ts'
import { isClockOfMemory, warnOfMemory } from './memory-in-production.ts'
import { inTime } from './timeout.ts'

const LOOK_EVERY = 30_000
/**
 * How long the start of a server waits for each of two answers, in milliseconds. Fastify's limit for a plugin is 10 seconds.
 */
const LONGEST_WAIT = 4_000
/** The smallest clock difference that is logged, in milliseconds. */
const WORTH_A_LINE = 2_000

/** The members of a store that are supervised. They are optional; every store of this package has them. */
export interface SupervisedStore {
  readonly clock?: StoreClock
  check?(): Promise<void>
}

/** The clock and the log of the plugin. */
export interface SupervisionOptions {
  /** The clock of this process, in milliseconds since the epoch. */
  readonly now: () => number
  /** The log of the server. */
  readonly log: Record<'info' | 'warn' | 'error', (details: object, message: string) => void>
}

/** The supervision of a store for one plugin, while the server runs. */
export interface Supervision {
  /** The store's time in milliseconds since the epoch, or this process's if the store has no clock. Never waits. */
  readonly now: () => number
  /** The same in whole seconds. */
  readonly seconds: () => number
  /**
   * Reads the store's clock, logs when it differs from this process's, and returns whether it is near enough to delete expired
   * data and to rotate keys.
   *
   * @throws the errors of the store
   */
  readonly mayDelete: () => Promise<boolean>
  /**
   * Checks whether the store can be used, then checks its clock at intervals. The server starts even if the store does not
   * answer.
   *
   * @throws StoreSetupError
   */
  readonly start: () => Promise<void>
  readonly stop: () => void
  /** Returns facts for tools that inspect a server. Contains no secret. */
  readonly facts: () => StoreFacts
}

/** The facts of a store, for tools that inspect a server. */
export interface StoreFacts {
  /** Whether the store is in memory: `memoryStore()`, or `sqlStore()` with `:memory:`. */
  readonly inMemory: boolean
  /** How far the clock of this process is ahead of the store's, in milliseconds; negative if it is behind. */
  readonly clockAheadBy: number
}

type Difference = 'none' | 'small' | 'large'

// One line for each store, for all plugins that share it.
const told = new WeakMap<StoreClock, Difference>()

/**
 * Supervises a store, for authors of plugins. If the store is in memory and `NODE_ENV` is `production`, logs a warning once in
 * each log.
 *
 * @example
 * ```ts
 * const supervision = superviseStore(store, { now: Date.now, log: app.log })
 * app.addHook('onReady', supervision.start)
 * app.addHook('onClose', async () => supervision.stop())
 * ```
 */
export function superviseStore(store: SupervisedStore, { now, log }: SupervisionOptions): Supervision {
  const { clock = { now, read: async () => {} } } = store
  warnOfMemory(clock, log)
  let timer: NodeJS.Timeout | undefined
  let stopped = false
  return { now: () => clock.now(), seconds: () => Math.floor(clock.now() / 1000), mayDelete, start, stop, facts }

  function facts(): StoreFacts {
    return { inMemory: isClockOfMemory(clock), clockAheadBy: Math.round(now() - clock.now()) }
  }

  async function mayDelete(): Promise<boolean> {
    await clock.read()
    tell(now() - clock.now())
    return isNear(clock, now)
  }

  async function start(): Promise<void> {
    try {
      await inTime(Promise.resolve(store.check?.()), LONGEST_WAIT)
    } catch (error) {
      if (error instanceof StoreSetupError) throw error
      log.warn({ err: error }, 'The store does not answer while the server starts')
    }
    await inTime(look(), LONGEST_WAIT).catch(() => {}) // the check continues in the background
  }

  async function look(): Promise<void> {
    await mayDelete().catch(() => {}) // other calls of the store report its outage
    if (!stopped) timer = setTimeout(() => void look(), LOOK_EVERY).unref()
  }

  function stop(): void {
    stopped = true
    clearTimeout(timer)
  }

  function tell(milliseconds: number): void {
    const difference = differenceOf(milliseconds)
    const before = told.get(clock) ?? 'none'
    if (difference === before) return
    told.set(clock, difference)
    const details = { aheadBySeconds: Math.round(milliseconds / 1000) }
    if (difference === 'large') {
      log.error(
        details,
        'The clock of this process and that of the store differ by more than a minute: this process deletes and rotates nothing. Fix: synchronize both with NTP'
      )
    } else if (difference === 'small') {
      log.warn(
        details,
        'The clock of this process and that of the store differ: what is stored goes by the clock of the store. Fix: synchronize both with NTP'
      )
    } else log.info(details, 'The clock of this process and that of the store agree again')
  }

  function differenceOf(milliseconds: number): Difference {
    if (!isNear(clock, now)) return 'large'
    return Math.abs(milliseconds) > WORTH_A_LINE ? 'small' : 'none'
  }
}
