import { aFunction, boolean, integer, type OptionCheck } from './check-options.ts'
import { MAX_TIMEOUT } from './connections.ts'
import type { IssuerLog } from './log.ts'

/** The longest `maxStale`: 31 days, in seconds. */
const LONGEST_STALE = 31 * 24 * 60 * 60

/** The maximum size of metadata or of a key set, in bytes. */
export const MAX_DOCUMENT_BYTES: number = 512 * 1024

/** The options of metadata and key sets, which are fetched and kept. Each is optional. */
export interface KeepingOptions {
  /** The time limit of each fetch, in milliseconds from 1 to 5000. Default: 5000. */
  timeout?: number | undefined
  /**
   * How long after its last fetch a document stays in use while it cannot be fetched again, in seconds from a minute to 31
   * days. After that, calls that need it throw `UpstreamError`. Default: 86400, a day.
   */
  maxStale?: number | undefined
  /** Whether to refuse hosts outside the public Internet: for issuers that somebody else chose. Default: `false`. */
  blockSpecialUse?: boolean | undefined
  /** The log for failures and recoveries, such as `app.log`. Default: none. */
  log?: IssuerLog | undefined
  /** Returns milliseconds that never go back, for tests. Default: `performance.now`. */
  clock?: (() => number) | undefined
}

export const keepingChecks: { readonly [Name in keyof Required<KeepingOptions>]: OptionCheck } = {
  timeout: integer(1, MAX_TIMEOUT, 'milliseconds'),
  maxStale: integer(60, LONGEST_STALE, 'seconds'),
  blockSpecialUse: boolean,
  log: ['be a logger with the methods info and warn', isLog],
  clock: aFunction
}

/** The options with defaults; only `log` may be missing. */
export interface Keeping {
  readonly timeout: number
  readonly maxStale: number
  readonly blockSpecialUse: boolean
  readonly log: IssuerLog | undefined
  readonly clock: () => number
}

/** Fills in the defaults. */
export function withDefaults(options: KeepingOptions): Keeping {
  const { timeout = MAX_TIMEOUT, maxStale = 24 * 60 * 60, blockSpecialUse = false, log } = options
  return { timeout, maxStale, blockSpecialUse, log, clock: options.clock ?? (() => performance.now()) }
}

function isLog(value: unknown): boolean {
  const log = value as Partial<IssuerLog> | null // any value but null can be read this way
  return typeof log?.info === 'function' && typeof log.warn === 'function'
}
