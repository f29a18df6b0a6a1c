import { isNear, type StoreClock } from './clock.ts'
import { StoreSetupError } from './errors.ts'
import { warnOfMemory } from './memory-in-production.ts'
import { inTime } from './timeout.ts'

const LOOK_EVERY = 30_000
/** How long the start of a server waits for each of two answers: Fastify gives up what takes 10 seconds. */
const LONGEST_WAIT = 4_000
/** A difference that is worth a line in the log, in milliseconds. */
const WORTH_A_LINE = 2_000

/** What is asked of a store, if it has it: every store of this package does. */
export interface SupervisedStore {
  readonly clock?: StoreClock
  check?(): Promise<void>
}

/** What a plugin brings along. */
export interface SupervisionOptions {
  /** The clock of this process, in milliseconds since the epoch. */
  readonly now: () => number
  /** The log of the server. */
  readonly log: Record<'info' | 'warn' | 'error', (details: object, message: string) => void>
}

/** A store as one plugin sees it while the server runs. */
export interface Supervision {
  /** The store's time in milliseconds since the epoch, or this process's if the store has none. Never waits. */
  readonly now: () => number
  /**
   * Reads the store's clock, tells the log when it differs from this process's, and gives whether it is near enough to
   * delete what has expired and to rotate what is due.
   *
   * @throws what the store throws
   */
  readonly mayDelete: () => Promise<boolean>
  /**
   * Looks whether the store can be used, and goes on looking at its clock. A store that does not answer is no reason not
   * to start.
   *
   * @throws StoreSetupError
   */
  readonly start: () => Promise<void>
  readonly stop: () => void
}

type Difference = 'none' | 'small' | 'large'

// One line for each store, however many plugins share it.
const told = new WeakMap<StoreClock, Difference>()

/**
 * The supervision of a store, for authors of plugins. Warns once in each log where `NODE_ENV` is `production` and the store is
 * `memoryStore()`.
 */
export function superviseStore(store: SupervisedStore, { now, log }: SupervisionOptions): Supervision {
  const { clock = { now, read: async () => {} } } = store
  warnOfMemory(clock, log)
  let timer: NodeJS.Timeout | undefined
  let stopped = false
  return { now: () => clock.now(), mayDelete, start, stop }

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
    await inTime(look(), LONGEST_WAIT).catch(() => {}) // it goes on
  }

  async function look(): Promise<void> {
    await mayDelete().catch(() => {}) // whatever else asks the store tells of its outage
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
