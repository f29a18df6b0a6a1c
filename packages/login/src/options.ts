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
import { deriveKey, type Store, secretsFault } from '@latchkey/store'
import type { OnLogin } from './accounts/on-login.ts'
import type { Provider } from './providers/provider.ts'
import { providersFault } from './providers/provider-check.ts'
import type { Sessions } from './session.ts'

/** The options of the login. Wrong ones stop the server from starting, with the fix. */
export interface LoginOptions {
  /** Who people log in with: at least one, each by its own name. */
  providers: readonly Provider[]
  /**
   * Where accounts are, and with `keepTokens` the providers' tokens; with `dpopReplay` all processes know which logout
   * tokens were used. Required, unless `onLogin` always says who it is.
   */
  store?:
    | (Pick<Store, 'accounts'> & Partial<Pick<Store, 'upstreamTokens' | 'dpopReplay' | 'clock' | 'check'>>)
    | undefined
  /**
   * The origin of this server for browsers, such as `https://app.example.com`: https, or http on loopback. Providers send
   * people back there; it is never taken from a request. Default: that of `app.session`.
   */
  origin?: string | undefined
  /**
   * Secrets that seal cookies and kept tokens: the first seals and any one opens. Each 32 random bytes or more, as
   * `openssl rand -base64 32` prints them. Default: derived from the session's keys.
   */
  keys?: readonly string[] | undefined
  /** Where a login begins: a page with the providers, or the provider if there is one. Default: `/login`. */
  loginPath?: string | undefined
  /**
   * Where providers send people back to. Without `:provider` there can be one provider only. Default:
   * `/login/:provider/callback`.
   */
  callbackPath?: string | undefined
  /** Where a session ends, by POST; `false` for no such route. Default: `/logout`. */
  logoutPath?: string | false | undefined
  /** Where people go after a login that does not say. A path. Default: `/`. */
  returnTo?: string | undefined
  /** Where people go after a logout that does not say. A path. Default: `/`. */
  afterLogout?: string | undefined
  /** Where else a logout may lead: paths and absolute URLs, compared to the character. Default: nowhere. */
  postLogoutRedirects?: readonly string[] | undefined
  /** Whether the providers' tokens are kept, encrypted, in `store.upstreamTokens`. Default: `false`. */
  keepTokens?: boolean | undefined
  /** Whether a logout revokes the tokens that are kept of the provider. Default: `false`. */
  revokeUpstreamOnLogout?: boolean | undefined
  /** Decides who a login is. Has ten seconds. Default: an account for each provider and subject. */
  onLogin?: OnLogin | undefined
  /** By how many seconds the providers' clocks may differ from this one's, from 0 to 60. Default: 30. */
  clockTolerance?: number | undefined
  /**
   * The time of this process in milliseconds since the epoch, for tests. All times go by `store.clock`, if there is one.
   * Default: `Date.now`.
   */
  now?: (() => number) | undefined
}

/** The options with their defaults, and the keys instead of the secrets. */
export interface ResolvedOptions
  extends Complete<Omit<LoginOptions, 'store' | 'keys' | 'onLogin'>>,
    Readonly<Pick<LoginOptions, 'store' | 'onLogin'>> {
  /** The first key seals and any one opens. */
  readonly ring: readonly Uint8Array[]
}

type Complete<Options> = { readonly [Name in keyof Options]-?: NonNullable<Options[Name]> }

const ORIGIN = 'an origin such as "https://app.example.com": https, or http on loopback'
const LABEL = 'latchkey: login'
const PATH = /^(?:\/[A-Za-z0-9._~-]+)+$/
const ACCOUNT_METHODS = ['findOrCreate', 'find', 'findByIdentity', 'identities', 'link', 'unlink', 'setProfile']
const REPLAY_METHODS = ['remember', 'forget']
const TOKEN_METHODS = ['find', 'put', 'replace', 'remove']

const mustBePath = must('be a path such as "/login"', isPath)
const mustBeTarget = must('be a path such as "/welcome"', isTarget)
const mustBeBoolean = must('be true or false', (value) => typeof value === 'boolean')

const mustBeStore: OptionCheck = must(
  'have accounts, as memoryStore() of @latchkey/store/memory does',
  (value) => isObject(value) && hasMethods(value['accounts'], ACCOUNT_METHODS)
)

/**
 * The options of the login, checked and completed.
 *
 * @throws InvalidOptionError naming the option and the fix
 */
export function resolveOptions(plugin: string, given: LoginOptions, sessions: Sessions | null): ResolvedOptions {
  const options = checkOptions(plugin, given, {
    providers: providersFault,
    store: optional(mustBeStore),
    origin: optional(must(`be ${ORIGIN}`, isOrigin)),
    keys: optional(secretsFault),
    loginPath: optional(mustBePath),
    callbackPath: optional(must('be a path such as "/login/:provider/callback"', isCallbackPath)),
    logoutPath: optional(must('be a path such as "/logout", or false', (value) => value === false || isPath(value))),
    returnTo: optional(mustBeTarget),
    afterLogout: optional(mustBeTarget),
    postLogoutRedirects: optional(
      must('be a list of paths and https URLs', (value) => Array.isArray(value) && value.every(isRedirect))
    ),
    keepTokens: optional(mustBeBoolean),
    revokeUpstreamOnLogout: optional(mustBeBoolean),
    onLogin: optional(mustBeFunction),
    clockTolerance: optional(mustBeInteger(0, 60, 'seconds')),
    now: optional(mustBeFunction)
  })
  const { loginPath = '/login', callbackPath = '/login/:provider/callback', logoutPath = '/logout' } = options
  const { keepTokens = false, revokeUpstreamOnLogout = false, store, onLogin, keys } = options
  const origin = options.origin ?? sessions?.origin
  const ring = keys?.map((key) => deriveKey(key, LABEL)) ?? sessions?.deriveKeys(LABEL)
  requireThat(origin !== undefined, 'origin', 'is required without an app.session that has one')
  requireThat(
    isOrigin(origin),
    'origin',
    `is taken from app.session, and must be ${ORIGIN}. Fix: give the session the origin that browsers see`
  )
  requireThat(ring !== undefined, 'keys', 'is required without an app.session: register the session before the login')
  requireThat(store !== undefined || onLogin !== undefined, 'store', 'is required without onLogin')
  requireThat(sessions !== null || onLogin !== undefined, 'onLogin', 'is required without an app.session')
  requireThat(
    !(keepTokens || revokeUpstreamOnLogout) || hasMethods(store?.upstreamTokens, TOKEN_METHODS),
    'store',
    'must have upstreamTokens with keepTokens'
  )
  requireThat(
    store?.dpopReplay === undefined || hasMethods(store.dpopReplay, REPLAY_METHODS),
    'store',
    'must have remember() and forget() in its dpopReplay'
  )
  requireThat(keepTokens || !revokeUpstreamOnLogout, 'revokeUpstreamOnLogout', 'needs keepTokens')
  requireThat(
    callbackPath.includes(':provider') || options.providers.length === 1,
    'callbackPath',
    'must have ":provider" in it where there are several providers'
  )
  requireThat(callbackPath !== `${loginPath}/:provider`, 'callbackPath', 'must be a path of its own')
  requireThat(callbackPath !== loginPath && callbackPath !== logoutPath, 'callbackPath', 'must be a path of its own')

  return Object.freeze({
    providers: Object.freeze([...options.providers]),
    store,
    origin,
    ring,
    loginPath,
    callbackPath,
    logoutPath,
    returnTo: options.returnTo ?? '/',
    afterLogout: options.afterLogout ?? '/',
    postLogoutRedirects: [...(options.postLogoutRedirects ?? [])],
    keepTokens,
    revokeUpstreamOnLogout,
    onLogin,
    clockTolerance: options.clockTolerance ?? 30,
    now: options.now ?? Date.now
  })

  function requireThat(holds: boolean, option: string, fix: string): asserts holds {
    if (!holds) throw new InvalidOptionError(plugin, option, fix)
  }
}

function isPath(value: unknown): boolean {
  return typeof value === 'string' && PATH.test(value) && new URL(value, 'http://localhost').pathname === value
}

function isCallbackPath(value: unknown): boolean {
  return typeof value === 'string' && isPath(value.replace('/:provider', '/provider'))
}

function isTarget(value: unknown): boolean {
  return typeof value === 'string' && safeReturnTo(value, undefined, '') === value
}

function isRedirect(value: unknown): boolean {
  return isTarget(value) || (typeof value === 'string' && isOrigin(originOf(value)) && !/[^\x21-\x7e]/.test(value))
}

function originOf(url: string): string | null {
  return URL.canParse(url) ? new URL(url).origin : null
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

function hasMethods(value: unknown, names: readonly string[]): boolean {
  return isObject(value) && names.every((name) => typeof value[name] === 'function')
}
