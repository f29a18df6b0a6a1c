import {
  checkOptions,
  InvalidOptionError,
  isOrigin,
  must,
  mustBeFunction,
  mustBeInteger,
  type OptionCheck,
  optional,
  safeReturnTo
} from '@latchkey/guard'
import { type SessionStore, type SupervisedStore, secretsFault } from '@latchkey/store'
import type { SessionCodec } from './codec.ts'
import { secureSessionCodec } from './secure-session-codec.ts'

/** The options of the session plugin. Wrong ones stop the server from starting, with the fix. */
export interface SessionOptions {
  /**
   * The secrets that cookies are sealed with, the newest first: each 32 random bytes or more, as `openssl rand -base64 32`
   * prints them. To rotate, put a new one first; take the old one out after `absoluteTimeout` at the latest. Cookies of a
   * secret that is taken out are nobody's.
   */
  readonly keys: readonly (string | undefined)[]
  /**
   * Where sessions are remembered, so that they can be ended: any store of `@latchkey/store`. All times go by its `clock`;
   * without one, by `now`.
   */
  readonly store: { readonly sessions: SessionStore } & SupervisedStore
  /**
   * The origin of this server as browsers see it, e.g. `https://app.example.com`: https, or http on loopback, and any http
   * with `insecureCookie`. Browsers that do not send
   * `Sec-Fetch-Site` may change something only when their `Origin` is this one. Never taken from a request. Default: none,
   * and such browsers may only read.
   */
  readonly origin?: string | undefined
  /** The name of the cookie, with the prefix `__Host-`. Default: `__Host-session`. */
  readonly cookieName?: string | undefined
  /**
   * Sends the cookie over plain http too, without the protection of a prefix: for development where the browser does not
   * take `http://localhost` for secure. Refused when `NODE_ENV` is `production`. Default: `false`.
   *
   * @deprecated Whoever is on the network can take such a cookie, or plant one.
   */
  readonly insecureCookie?: boolean | undefined
  /**
   * Whether the cookie goes with a link from another site (`lax`) or not even then (`strict`). With `strict` a page that is
   * opened from elsewhere finds nobody signed in, and a login with a provider comes back by a page of this site. Default: `lax`.
   */
  readonly sameSite?: 'lax' | 'strict' | undefined
  /**
   * After how many seconds without a request a session ends, from 60. Default: 86 400 (24 hours), or the absolute timeout if
   * that is less. The last request is noted a little late: see the README.
   */
  readonly idleTimeout?: number | undefined
  /** After how many seconds a session ends whatever happens, 60 to 34 560 000 (400 days). Default: 1 209 600 (14 days). */
  readonly absoluteTimeout?: number | undefined
  /** What seals the cookie. Default: `secureSessionCodec()`. On Alpine Linux: `jweCodec()`. */
  readonly codec?: SessionCodec | undefined
  /**
   * The path of the login page, e.g. `/login`. A browser that opens a guarded page and is nobody is sent there (303) with
   * the page in the parameter `returnTo`. So is one whose login was too long ago for the page, with `prompt=login` besides:
   * there a page of your own must ask for a login, whoever is signed in already. Default: none, and the answer is 401.
   */
  readonly loginPath?: string | undefined
  /**
   * The path that a proxy in front takes off before it passes a request on, e.g. `/app` where browsers see `/app/items` and
   * this server `/items`. It comes before the page in `returnTo`. `loginPath` is as browsers see it, with this path. Not needed
   * for Fastify's `prefix` and `rewriteUrl`. Default: none.
   */
  readonly basePath?: string | undefined
  /** The time of this process in milliseconds since the epoch. Default: `Date.now`. For tests. */
  readonly now?: (() => number) | undefined
}

/** The options, with their defaults. */
export interface Settings {
  readonly keys: readonly string[]
  readonly sessions: SessionStore
  readonly store: SupervisedStore
  readonly origin: string | undefined
  readonly cookie: { readonly name: string; readonly secure: boolean; readonly sameSite: 'lax' | 'strict' }
  readonly idleTimeout: number
  readonly absoluteTimeout: number
  readonly codec: SessionCodec
  readonly loginPath: string | undefined
  /** Empty for none. */
  readonly basePath: string
  /** The time of this process in milliseconds since the epoch. */
  readonly now: () => number
}

const PLUGIN = '@latchkey/session'
const DAY = 86_400
// RFC 6265bis §5.5: browsers keep no cookie for longer.
const LONGEST = 400 * DAY
// RFC 9110 §5.6.2
const TOKEN = /^[!#$%&'*+\-.^_`|~\w]+$/
// Not `__Secure-`: other subdomains can set a cookie of such a name.
const PREFIX = /^__Host-./
const STORE_METHODS = ['create', 'find', 'touch', 'list', 'end', 'endSubject', 'endUpstream']

/** @throws InvalidOptionError naming the option and the fix */
export function resolveOptions(given: SessionOptions): Settings {
  const options = checkOptions(PLUGIN, given, {
    keys: secretsFault,
    store: must('have "sessions", as memoryStore() and sqlStore() have', hasSessions),
    origin: optional(originCheck(given)),
    cookieName: optional(
      must('be a token (RFC 9110 §5.6.2)', (value) => typeof value === 'string' && TOKEN.test(value))
    ),
    // eslint-disable-next-line @typescript-eslint/no-deprecated -- deprecated for those who set it
    insecureCookie: optional(must('be true or false', (value) => typeof value === 'boolean')),
    sameSite: optional(must("be 'lax' or 'strict'", (value) => value === 'lax' || value === 'strict')),
    idleTimeout: optional(mustBeInteger(60, LONGEST, 'seconds')),
    absoluteTimeout: optional(mustBeInteger(60, LONGEST, 'seconds')),
    codec: optional(must('be secureSessionCodec() or jweCodec()', hasMethods(['open']))),
    loginPath: optional(must("be a path of this server such as '/login', without a query", isPath)),
    basePath: optional(must("be a path such as '/app', without a final slash or a query", isBasePath)),
    now: optional(mustBeFunction)
  })
  const { absoluteTimeout = 14 * DAY, now = Date.now } = options
  const { idleTimeout = Math.min(DAY, absoluteTimeout) } = options
  if (idleTimeout > absoluteTimeout) {
    throw new InvalidOptionError(PLUGIN, 'idleTimeout', 'must not be more than "absoluteTimeout"')
  }
  return {
    // secretsFault has let nothing but strings pass.
    keys: [...options.keys] as string[],
    sessions: options.store.sessions,
    store: options.store,
    origin: options.origin,
    cookie: { ...cookieOf(options), sameSite: options.sameSite ?? 'lax' },
    idleTimeout,
    absoluteTimeout,
    codec: options.codec ?? secureSessionCodec(),
    loginPath: options.loginPath,
    basePath: options.basePath ?? '',
    now
  }
}

function cookieOf(options: SessionOptions): { name: string; secure: boolean } {
  // eslint-disable-next-line @typescript-eslint/no-deprecated -- as above
  if (options.insecureCookie !== true) {
    const { cookieName: name = '__Host-session' } = options
    if (PREFIX.test(name)) return { name, secure: true }
    throw new InvalidOptionError(PLUGIN, 'cookieName', 'must start with __Host-')
  }
  if (process.env['NODE_ENV'] === 'production') {
    throw new InvalidOptionError(
      PLUGIN,
      'insecureCookie',
      'is for development, and NODE_ENV is production: leave it out'
    )
  }
  const { cookieName: name = 'session' } = options
  if (!/^__(?:host|secure)-/i.test(name)) return { name, secure: false }
  throw new InvalidOptionError(PLUGIN, 'cookieName', 'must not start with __Host- or __Secure- with "insecureCookie"')
}

// Over plain http a browser drops the cookie, unless it goes without protection.
function originCheck(options: SessionOptions): OptionCheck {
  const check = must(
    "be an origin such as 'https://app.example.com', without a path or a final slash: https, or http on loopback",
    isOrigin
  )
  // eslint-disable-next-line @typescript-eslint/no-deprecated -- as below
  if (options.insecureCookie !== true) return check
  return (value) => (isPlainOrigin(value) ? undefined : check(value))
}

function isPlainOrigin(value: unknown): boolean {
  return (
    typeof value === 'string' && value.startsWith('http:') && URL.canParse(value) && new URL(value).origin === value
  )
}

function isPath(value: unknown): boolean {
  return typeof value === 'string' && /^[^?#]+$/.test(value) && safeReturnTo(value, undefined, '') === value
}

function isBasePath(value: unknown): boolean {
  return isPath(value) && !String(value).endsWith('/')
}

function hasSessions(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'sessions' in value && hasMethods(STORE_METHODS)(value.sessions)
}

function hasMethods(names: readonly string[]): (value: unknown) => boolean {
  return (value) =>
    typeof value === 'object' && value !== null && names.every((name) => typeof Reflect.get(value, name) === 'function')
}
