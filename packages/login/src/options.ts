import {
  checkOptions,
  InvalidOptionError,
  must,
  mustBeFunction,
  mustBeInteger,
  type OptionCheck,
  optional,
  safeReturnTo
} from '@latchkey/guard'
import { isOrigin } from '@latchkey/guard/plugin'
import { deriveKey, mustBeSecrets } from '@latchkey/secrets'
import type { Store } from '@latchkey/store'
import type { OnLogin } from './accounts/on-login.ts'
import type { Provider } from './providers/provider.ts'
import { providersFault } from './providers/provider-check.ts'
import type { Sessions } from './session.ts'

/**
 * The options of the login. A wrong option stops the server from starting, with an error that contains the fix.
 *
 * @example
 * ```ts
 * await app.register(login, {
 *   store,
 *   providers: [discord({ clientId: DISCORD_ID, clientSecret: DISCORD_SECRET })],
 *   returnTo: '/home'
 * })
 * ```
 */
export interface LoginOptions {
  /** The providers that users can log in with: at least one, each with a different name. */
  providers: readonly Provider[]
  /**
   * The store of accounts. With `keepTokens` it also needs `upstreamTokens`. With `dpopReplay`, all processes share the record
   * of used logout tokens. Required, unless `onLogin` always returns a subject or answers the request.
   */
  store?:
    | (Pick<Store, 'accounts'> & Partial<Pick<Store, 'upstreamTokens' | 'dpopReplay' | 'clock' | 'check'>>)
    | undefined
  /**
   * The public origin of this server, such as `https://app.example.com`: https, or http on loopback. Providers redirect
   * browsers to it. It is never taken from a request. Default: the origin of `app.sessions`.
   */
  origin?: string | undefined
  /**
   * Secrets that seal cookies and kept tokens, each 32 random bytes or more, as `openssl rand -base64 32` prints them. The
   * first one seals and any one opens. Default: derived from the session's secrets.
   */
  secrets?: readonly string[] | undefined
  /** The path where a login begins: a page with the providers, or, with one provider, a redirect to it. Default: `/login`. */
  loginPath?: string | undefined
  /**
   * The path that providers redirect browsers to. Without `:provider` there can be only one provider. Default:
   * `/login/:provider/callback`.
   */
  callbackPath?: string | undefined
  /** The path of the logout, by POST; `false` for no such route. Default: `/logout`. */
  logoutPath?: string | false | undefined
  /** The path that a login ends at if it has no `returnTo`. Default: `/`. */
  returnTo?: string | undefined
  /** The path that a logout ends at if it has no `returnTo`. Default: `/`. */
  afterLogout?: string | undefined
  /** Other targets that a logout may end at: paths and absolute URLs, compared exactly. Default: none. */
  postLogoutRedirects?: readonly string[] | undefined
  /** Whether to keep the providers' tokens, encrypted, in `store.upstreamTokens`. Default: `false`. */
  keepTokens?: boolean | undefined
  /** Whether a logout revokes the kept tokens of the provider. Default: `false`. */
  revokeUpstreamOnLogout?: boolean | undefined
  /** Decides which subject a login signs in. Time limit: ten seconds. Default: one account for each provider and subject. */
  onLogin?: OnLogin | undefined
  /** The accepted difference between the clocks of a provider and this server, in seconds from 0 to 60. Default: 30. */
  clockTolerance?: number | undefined
  /**
   * Returns the time of this process in milliseconds since the epoch, for tests. If the store has a `clock`, all times are
   * those of `store.clock`. Default: `Date.now`.
   */
  now?: (() => number) | undefined
}

/** The options with defaults, and with keys derived from the secrets. */
export interface ResolvedOptions
  extends Complete<Omit<LoginOptions, 'store' | 'secrets' | 'onLogin'>>,
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
 * Checks the options of the login and fills in the defaults.
 *
 * @throws InvalidOptionError naming the option and the fix
 */
export function resolveOptions(plugin: string, given: LoginOptions, sessions: Sessions | null): ResolvedOptions {
  const options = checkOptions(plugin, given, {
    providers: providersFault,
    store: optional(mustBeStore),
    origin: optional(must(`be ${ORIGIN}`, isOrigin)),
    secrets: optional(mustBeSecrets),
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
  const { keepTokens = false, revokeUpstreamOnLogout = false, store, onLogin, secrets } = options
  const origin = options.origin ?? sessions?.origin
  const ring = secrets?.map((secret) => deriveKey(secret, LABEL)) ?? sessions?.deriveKeys(LABEL)
  requireThat(origin !== undefined, 'origin', 'is required, unless app.sessions has one')
  requireThat(
    isOrigin(origin),
    'origin',
    `is taken from app.sessions, and must be ${ORIGIN}. Fix: give the session the origin that browsers see`
  )
  requireThat(ring !== undefined, 'secrets', 'is required without app.sessions: register the session before the login')
  requireThat(store !== undefined || onLogin !== undefined, 'store', 'is required without onLogin')
  requireThat(sessions !== null || onLogin !== undefined, 'onLogin', 'is required without app.sessions')
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
