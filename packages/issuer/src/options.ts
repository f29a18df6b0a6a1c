import { aFunction, flag, hasMethods, integer, type MembersOf, must, optional } from '@latchkey/options'
import { MAX_TIMEOUT } from './deadline.ts'
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
  /** Whether to refuse hosts outside the public Internet: for issuers that the application did not choose. Default: `false`. */
  blockSpecialUse?: boolean | undefined
  /** The log for failures and recoveries, such as `app.log`. Default: none. */
  log?: IssuerLog | undefined
  /** Returns milliseconds that never go back, for tests. Default: `performance.now`. */
  clock?: (() => number) | undefined
}

/** The options with defaults; only `log` may be missing. */
export interface ResolvedKeepingOptions {
  readonly timeout: number
  readonly maxStale: number
  readonly blockSpecialUse: boolean
  readonly log: IssuerLog | undefined
  readonly clock: () => number
}

/** The schemas of {@link KeepingOptions}, with the defaults. */
export const keepingMembers: MembersOf<ResolvedKeepingOptions> = {
  timeout: optional(integer(1, MAX_TIMEOUT, 'milliseconds'), MAX_TIMEOUT),
  maxStale: optional(integer(60, LONGEST_STALE, 'seconds'), 24 * 60 * 60),
  blockSpecialUse: optional(flag, false),
  log: optional(
    must<IssuerLog>('be a logger with the methods info and warn', (value) => hasMethods(value, ['info', 'warn']))
  ),
  clock: optional(aFunction<() => number>(), () => performance.now())
}
