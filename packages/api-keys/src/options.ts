import * as o from '@latchkey/options'
import type { RecordStore, SupervisedStore, ThrottleStore } from '@latchkey/store'
import { throttleLimits } from '@latchkey/throttle'

/**
 * The options of the plugin for API keys. A wrong option stops the server from starting; the error names the fix.
 *
 * @example
 * ```ts
 * await app.register(apiKeys, { prefix: 'acme', store: sqlStore({ file: 'keys.sqlite' }), routes: true })
 * ```
 */
export interface ApiKeysOptions {
  /**
   * The beginning of all keys: 2 to 32 lower-case letters and digits, in words that `_` joins. Choose one that no other service
   * uses, so that secret scanners find your keys. Keys with another prefix are refused.
   *
   * @example prefix: 'acme_live'
   */
  readonly prefix: string
  /**
   * Stores the hashes of the keys and the counts of failures: any store of `@latchkey/store`. Its `clock` gives the time;
   * without a `clock`, `now` does. Without `throttle`, each process counts failures by itself.
   *
   * @example store: sqlStore({ file: 'keys.sqlite' })
   */
  readonly store: { readonly records: RecordStore; readonly throttle?: ThrottleStore } & SupervisedStore
  /**
   * Where a request has its key. `'header'`: in the option `header`. `'bearer'`: in `Authorization: Bearer`, where a token that
   * begins with the prefix is a key, and all others are left to other plugins. Default: `'header'`.
   */
  readonly location?: 'header' | 'bearer' | undefined
  /** The header of the key, with `location: 'header'`. Default: `X-API-Key`. */
  readonly header?: string | undefined
  /**
   * For how many seconds a process remembers a valid key, 0 to 300. A key that another process revoked works for at most this
   * time here; one that this process revoked is refused at once. 0: each request asks the store. Default: 10.
   */
  readonly remember?: number | undefined
  /** The most keys of a subject, 1 to 1000. Default: 50. */
  readonly maxPerSubject?: number | undefined
  /**
   * The longest lifetime of a new key in seconds, up to ten years; also the lifetime of a key without `expiresAt`. `false`: no
   * limit, and a key without `expiresAt` does not expire. Default: 31,536,000 (a year).
   */
  readonly maxLifetime?: number | false | undefined
  /**
   * How many keys that the store does not have, or that have expired, one address may send in a window of seconds. Further keys
   * of the address are answered with 429, unless they are remembered. Default: `{ failures: 100, window: 900 }`.
   */
  readonly throttle?: { readonly failures?: number | undefined; readonly window?: number | undefined } | undefined
  /**
   * Whether users manage their own keys: `true` adds `GET` and `POST /api-keys`, and `DELETE /api-keys/:id`. A text is another
   * path. They need a session of `@latchkey/session`. Default: `false`.
   */
  readonly routes?: boolean | string | undefined
  /** How many seconds old the login may be with which a user creates a key. Default: 900. */
  readonly maxLoginAge?: number | undefined
  /** The clock of this process, in milliseconds since the epoch. For tests. Default: `Date.now`. */
  readonly now?: (() => number) | undefined
}

/** The options with their defaults. */
export interface ResolvedOptions {
  readonly prefix: string
  readonly store: ApiKeysOptions['store']
  readonly location: 'header' | 'bearer'
  readonly header: string
  readonly remember: number
  readonly maxPerSubject: number
  readonly maxLifetime: number | false
  readonly throttle: { readonly failures: number; readonly window: number }
  /** The path of the routes; `null` for none. */
  readonly routes: string | null
  readonly maxLoginAge: number
  readonly now: () => number
}

/** Words of lower-case letters and digits, joined by `_`. */
const PREFIX = /^(?=.{2,32}$)[a-z][a-z0-9]*(?:_[a-z0-9]+)*$/
const NAME = '@latchkey/api-keys'
const YEAR = 31_536_000
const METHODS = ['create', 'find', 'replace', 'remove', 'list', 'removeOwned']
// RFC 9110 §5.6.2, without the headers that have another purpose.
const HEADER = /^(?!(?:authorization|proxy-authorization|cookie|set-cookie|dpop)$)[!#$%&'*+\-.^_`|~\w]+$/i

const schema = o.pluginOptions({
  prefix: o.matching(
    "be 2 to 32 lower-case letters and digits in words that _ joins, such as 'acme_live', and begin with a letter",
    PREFIX
  ),
  store: o.must<ApiKeysOptions['store']>(
    'have records, as memoryStore() and sqlStore() have',
    (value) => o.isObject(value) && o.hasMethods(value['records'], METHODS)
  ),
  location: o.optional(o.oneOf('header', 'bearer'), 'header'),
  header: o.optional(
    o.matching('be the name of a header of its own', HEADER, "for Authorization, set location: 'bearer'")
  ),
  remember: o.optional(o.integer(0, 300, 'seconds'), 10),
  maxPerSubject: o.optional(o.integer(1, 1000, 'keys'), 50),
  maxLifetime: o.optional(
    o.must<number | false>(
      `be a whole number of seconds from 60 to ${10 * YEAR}, or false`,
      (value) => value === false || o.isWhole(value, 60, 10 * YEAR)
    ),
    YEAR
  ),
  throttle: o.group({
    failures: o.optional(throttleLimits.failures, 100),
    window: o.optional(throttleLimits.window, 900)
  }),
  routes: o.optional(
    o.must<boolean | string>(
      "be true, false, or a path such as '/account/keys'",
      (value) => o.isBoolean(value) || o.isRoutePath(value)
    ),
    false
  ),
  maxLoginAge: o.optional(o.integer(1, YEAR, 'seconds'), 900),
  now: o.clock
})

/**
 * Checks the options and adds the defaults.
 *
 * @throws RegistrationError naming the option and the fix
 */
export function resolveOptions(given: ApiKeysOptions): ResolvedOptions {
  const { header, routes, ...options } = o.checkOptions(NAME, schema, given)
  if (options.location === 'bearer' && header !== undefined) {
    throw new o.RegistrationError(NAME, "header has no effect with location: 'bearer'. Fix: leave one of the two out")
  }
  return { ...options, header: header ?? 'X-API-Key', routes: pathOf(routes) }
}

function pathOf(routes: boolean | string): string | null {
  if (typeof routes === 'string') return routes
  return routes ? '/api-keys' : null
}
