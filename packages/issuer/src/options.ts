import { aFunction, boolean, integer, type OptionCheck } from './check-options.ts'
import { MAX_TIMEOUT } from './connections.ts'
import type { IssuerLog } from './log.ts'

/** How long, at most, anything is kept that cannot be fetched any more: a month, in seconds. */
const LONGEST_STALE = 31 * 24 * 60 * 60

/** The most bytes that metadata or a key set may have. */
export const MAX_DOCUMENT_BYTES: number = 512 * 1024

/** Options of everything that is fetched and kept. Each may be left out. */
export interface KeepingOptions {
  /** For each fetch, in milliseconds from 1 to 5000. Default: 5000. */
  timeout?: number | undefined
  /**
   * For how long after its last fetch a document stays in use while it cannot be fetched again, in seconds from a minute
   * to 31 days. After that, whatever needs it is unavailable. Default: 86400, a day.
   */
  maxStale?: number | undefined
  /** Whether to refuse hosts outside the public Internet: for issuers that somebody else chose. Default: `false`. */
  blockSpecialUse?: boolean | undefined
  /** Where failures and recoveries are told: `app.log` will do. Default: nowhere. */
  log?: IssuerLog | undefined
  /** Milliseconds that never go back, for tests. Default: `performance.now`. */
  clock?: (() => number) | undefined
}

export const keepingChecks: { readonly [Name in keyof Required<KeepingOptions>]: OptionCheck } = {
  timeout: integer(1, MAX_TIMEOUT, 'milliseconds'),
  maxStale: integer(60, LONGEST_STALE, 'seconds'),
  blockSpecialUse: boolean,
  log: ['be a logger with the methods info and warn', isLog],
  clock: aFunction
}

/** The same, with nothing left out but the log. */
export interface Keeping {
  readonly timeout: number
  readonly maxStale: number
  readonly blockSpecialUse: boolean
  readonly log: IssuerLog | undefined
  readonly clock: () => number
}

/** The defaults in place of what was left out. */
export function withDefaults(options: KeepingOptions): Keeping {
  const { timeout = MAX_TIMEOUT, maxStale = 24 * 60 * 60, blockSpecialUse = false, log } = options
  return { timeout, maxStale, blockSpecialUse, log, clock: options.clock ?? (() => performance.now()) }
}

function isLog(value: unknown): boolean {
  const log = value as Partial<IssuerLog> | null // whatever it is, but for null it may be asked for its members
  return typeof log?.info === 'function' && typeof log.warn === 'function'
}
