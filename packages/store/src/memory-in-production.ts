import type { StoreClock } from './clock.ts'

interface WarningLog {
  warn(details: object, message: string): void
}

const MESSAGE =
  'The store is in memory, and NODE_ENV is production. A restart loses all accounts, sessions, refresh tokens, revocations and signing keys, and other processes do not see them. Fix: use sqlStore() of @latchkey/store/sql, or redisStore() of @latchkey/store/redis'

const memoryClocks = new WeakSet<StoreClock>()
// One warning for each server: its plugins share a log, and several of them may use a store.
const warned = new WeakSet<WarningLog>()

/** Marks the clock of a store that is in the memory of this process. */
export function clockOfMemory(clock: StoreClock): StoreClock {
  memoryClocks.add(clock)
  return clock
}

/** Whether a clock is that of a store in the memory of this process. */
export function isClockOfMemory(clock: StoreClock): boolean {
  return memoryClocks.has(clock)
}

/** Logs a warning, once in each log, when a store is in memory and `NODE_ENV` is `production`. */
export function warnOfMemory(clock: StoreClock, log: WarningLog): void {
  if (process.env['NODE_ENV'] !== 'production' || !isClockOfMemory(clock) || warned.has(log)) return
  warned.add(log)
  log.warn({}, MESSAGE)
}
