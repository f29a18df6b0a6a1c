import { safeReturnTo } from '@latchkey/guard'
import * as o from '@latchkey/options'
import { secrets } from '@latchkey/secrets'
import type { SessionStore, SupervisedStore } from '@latchkey/store'
import type { SessionCodec } from './codec.ts'
import { secureSessionCodec } from './secure-session-codec.ts'

/**
 * The options of the session plugin. A wrong option stops the server from starting; the error names the fix.
 *
 * @example
 * ```ts
 * await app.register(session, {
 *   secrets: [process.env.SESSION_SECRET], // openssl rand -base64 32
 *   store: sqlStore({ file: 'sessions.sqlite' }),
 *   origin: 'https://app.example.com',
 *   loginPath: '/login'
 * })
 * ```
 */
export interface SessionOptions {
  /**
   * The secrets that cookies are sealed with, the newest first. Each has 32 or more random bytes, as `openssl rand -base64 32`
   * prints them. To rotate, add a new one at the front and remove the old one after `absoluteTimeout` at the latest. Cookies of
   * a removed secret are ignored.
   *
   * @example secrets: [process.env.NEW_SESSION_SECRET, process.env.SESSION_SECRET]
   */
  readonly secrets: readonly (string | undefined)[]
  /**
   * Stores the sessions, so that they can be ended: any store of `@latchkey/store`. The store's `clock` gives the time for all
   * sessions; without a `clock`, `now` does.
   *
   * @example store: sqlStore({ file: 'sessions.sqlite' })
   */
  readonly store: { readonly sessions: SessionStore } & SupervisedStore
  /**
   * The origin of this server as browsers see it, such as `https://app.example.com`: https, or http on loopback. With
   * `insecureCookie` any http origin is valid. A browser that does not send `Sec-Fetch-Site` may make changes only if its
   * `Origin` is this one. Never taken from a request. Default: none, and such browsers may only read.
   *
   * @example origin: 'https://app.example.com'
   */
  readonly origin?: string | undefined
  /**
   * The name of the cookie, with the prefix `__Host-`. Default: `__Host-session`, or `session` with `insecureCookie`, which
   * forbids the prefix.
   */
  readonly cookieName?: string | undefined
  /**
   * Whether the cookie is also sent over plain http, without the protection of a prefix. For development with a browser that
   * does not treat `http://localhost` as secure. Refused when `NODE_ENV` is `production`. Default: `false`.
   *
   * @deprecated Anyone on the network can read or set such a cookie.
   */
  readonly insecureCookie?: boolean | undefined
  /**
   * Whether the browser sends the cookie when the user follows a link from another site (`lax`) or not (`strict`). With
   * `strict`, the user appears signed out on a page that is opened from another site, and a login with a provider returns
   * through a page of this site. Default: `lax`.
   */
  readonly sameSite?: 'lax' | 'strict' | undefined
  /**
   * Seconds without a request after which a session ends, 60 or more. Default: 86 400 (24 hours), or the absolute timeout if
   * that is less. The last request is recorded with a delay: see the README.
   */
  readonly idleTimeout?: number | undefined
  /** Seconds after which a session ends even if it is used, 60 to 34 560 000 (400 days). Default: 1 209 600 (14 days). */
  readonly absoluteTimeout?: number | undefined
  /** Seals the cookie. Default: `secureSessionCodec()`. On Alpine Linux use `jweCodec()`. */
  readonly codec?: SessionCodec | undefined
  /**
   * The path of the login page, such as `/login`. A browser without a session that opens a guarded page is redirected there
   * (303), with the page in the parameter `returnTo`. If the login is too old for the page, `prompt=login` is added: your login
   * page must then ask for a login even if the user is signed in. Default: none, and the answer is 401.
   *
   * @example loginPath: '/login'
   */
  readonly loginPath?: string | undefined
  /**
   * The path prefix that a proxy removes before it passes a request on, such as `/app` if browsers request `/app/items` and
   * this server gets `/items`. It is added to the page in `returnTo`. `loginPath` is the path in the browser, so it includes
   * this prefix. Not needed for Fastify's `prefix` and `rewriteUrl`. Default: none.
   */
  readonly basePath?: string | undefined
  /** The clock of this process, in milliseconds since the epoch. For tests. Default: `Date.now`. */
  readonly now?: (() => number) | undefined
}

/** The options, with their defaults. */
export interface ResolvedOptions {
  readonly secrets: readonly string[]
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

const NAME = '@latchkey/session'
const DAY = 86_400
// RFC 6265bis §5.5: browsers do not keep a cookie longer.
const LONGEST = 400 * DAY
// RFC 9110 §5.6.2
const TOKEN = /^[!#$%&'*+\-.^_`|~\w]+$/
// Not `__Secure-`: other subdomains can set a cookie with such a name.
const PREFIX = /^__Host-./
const STORE_METHODS = ['create', 'find', 'touch', 'list', 'end', 'endSubject', 'endUpstream']
const ORIGIN =
  "be an origin such as 'https://app.example.com', without a path or a final slash: https, or http on loopback"

const schema = o.pluginOptions({
  secrets,
  store: o.must<SessionOptions['store']>(
    'have sessions, as memoryStore() and sqlStore() have',
    (value) => o.isObject(value) && o.hasMethods(value['sessions'], STORE_METHODS)
  ),
  origin: o.optional(o.must(ORIGIN, o.isBareOrigin)),
  cookieName: o.optional(o.matching('be a token (RFC 9110 §5.6.2)', TOKEN)),
  insecureCookie: o.optional(o.flag, false),
  sameSite: o.optional(o.oneOf('lax', 'strict'), 'lax'),
  idleTimeout: o.optional(o.integer(60, LONGEST, 'seconds')),
  absoluteTimeout: o.optional(o.integer(60, LONGEST, 'seconds'), 14 * DAY),
  codec: o.optional(
    o.must<SessionCodec>('be secureSessionCodec() or jweCodec()', (value) => o.hasMethods(value, ['open']))
  ),
  loginPath: o.optional(o.must("be a path of this server such as '/login', without a query", isPath)),
  basePath: o.optional(
    o.must<string>(
      "be a path such as '/app', without a final slash or a query",
      (value) => isPath(value) && !value.endsWith('/')
    )
  ),
  now: o.clock
})

/**
 * Checks the options and adds the defaults.
 *
 * @throws RegistrationError naming the option and the fix
 */
export function resolveOptions(given: SessionOptions): ResolvedOptions {
  const { insecureCookie, cookieName, sameSite, ...options } = o.checkOptions(NAME, schema, given)
  const { origin, absoluteTimeout, idleTimeout = Math.min(DAY, absoluteTimeout) } = options
  // Over plain http, browsers drop the cookie unless `insecureCookie` is set.
  if (origin !== undefined && !((insecureCookie && origin.startsWith('http:')) || o.isOrigin(origin))) {
    throw new o.RegistrationError(NAME, `origin must ${ORIGIN}`)
  }
  if (idleTimeout > absoluteTimeout) {
    throw new o.RegistrationError(NAME, 'idleTimeout must not be more than absoluteTimeout')
  }
  return {
    ...options,
    origin,
    idleTimeout,
    sessions: options.store.sessions,
    cookie: { ...cookieOf(insecureCookie, cookieName), sameSite },
    codec: options.codec ?? secureSessionCodec(),
    basePath: options.basePath ?? ''
  }
}

function cookieOf(isInsecure: boolean, given: string | undefined): { name: string; secure: boolean } {
  const { NODE_ENV } = process.env
  if (isInsecure && NODE_ENV === 'production') {
    throw new o.RegistrationError(
      NAME,
      'insecureCookie is for development, and NODE_ENV is production. Fix: leave it out'
    )
  }
  const name = given ?? (isInsecure ? 'session' : '__Host-session')
  if (!isInsecure && !PREFIX.test(name)) {
    throw new o.RegistrationError(NAME, 'cookieName must start with __Host-')
  }
  if (isInsecure && /^__(?:host|secure)-/i.test(name)) {
    throw new o.RegistrationError(NAME, 'cookieName must not start with __Host- or __Secure- with insecureCookie')
  }
  return { name, secure: !isInsecure }
}

function isPath(value: unknown): value is string {
  return typeof value === 'string' && /^[^?#]+$/.test(value) && safeReturnTo(value, undefined, '') === value
}
