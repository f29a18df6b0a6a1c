import { mustBeInteger, type OptionCheck } from '@latchkey/guard'

/** How this process reads the revocations of other processes. */
export interface RevocationOptions {
  /**
   * The pause between two readings of the revocations of other processes, in milliseconds: 10 to 60 000. Default: 500. A
   * revocation is in force in every process after this time plus two answers of the store, at the latest.
   */
  readonly interval?: number
  /**
   * The number of milliseconds without a reading after which access tokens are answered with 503: longer than `interval`, at
   * most 600 000. Default: 10 000.
   */
  readonly staleAfter?: number
  /**
   * Continues to accept access tokens on the basis of the last reading, however long the store does not answer. Before the
   * first reading the answer is still 503. Default: `false`.
   *
   * @deprecated A token that is revoked during an outage works until the store answers again.
   */
  readonly insecureAcceptStale?: boolean
}

const MEMBERS = new Set(['interval', 'staleAfter', 'insecureAcceptStale'])
const mustBeInterval = mustBeInteger(10, 60_000, 'milliseconds')
const mustBeLimit = mustBeInteger(11, 600_000, 'milliseconds')

/** The options with their defaults. */
export interface Following {
  readonly interval: number
  readonly staleAfter: number
  readonly acceptStale: boolean
}

/** Adds the defaults. */
export function resolveRevocationOptions(given: RevocationOptions): Following {
  // eslint-disable-next-line @typescript-eslint/no-deprecated -- the tag is for applications that set it
  const { interval = 500, staleAfter = 10_000, insecureAcceptStale: acceptStale = false } = given
  return { interval, staleAfter, acceptStale }
}

/** Checks the option `revocations`. */
export const mustBeRevocationOptions: OptionCheck = (value) => {
  if (typeof value !== 'object' || value === null || Object.keys(value).some((name) => !MEMBERS.has(name))) {
    return 'must be an object: { interval, staleAfter }'
  }
  const { interval, staleAfter, acceptStale } = resolveRevocationOptions(value)
  const fault = mustBeInterval(interval)
  if (fault !== undefined) return `${fault}: its interval`
  if (mustBeLimit(staleAfter) !== undefined || staleAfter <= interval) {
    return 'must have a staleAfter in milliseconds, above its interval and at most 600000'
  }
  return typeof acceptStale === 'boolean' ? undefined : 'must have true or false for insecureAcceptStale'
}
