import { safeReturnTo } from '@latchkey/guard'
import * as o from '@latchkey/options'
import { deriveKey, secrets } from '@latchkey/secrets'
import type { Store } from '@latchkey/store'
import type { OnLogin } from './accounts/on-login.ts'
import type { RenderLoginPage } from './pages.ts'
import type { Provider } from './providers/provider.ts'
import { checkProvider, provider } from './providers/provider-check.ts'
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
  /**
   * Renders pages in the application's own way: from data, told apart by `kind`. The page where users log in is shared with
   * `@latchkey/password-login`. Default: built-in pages.
   *
   * @example render: (page) => (page.kind === 'fault' ? { title: page.message, body: html`<p>Call us.</p>` } : null)
   */
  render?: RenderLoginPage | undefined
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
  extends Complete<Omit<LoginOptions, 'store' | 'secrets' | 'onLogin' | 'render'>>,
    Readonly<Pick<LoginOptions, 'store' | 'onLogin' | 'render'>> {
  /** The first key seals and any one opens. */
  readonly ring: readonly Uint8Array[]
}

type Complete<Options> = { readonly [Name in keyof Options]-?: NonNullable<Options[Name]> }

const NAME = '@latchkey/login'
const ORIGIN = "be an origin such as 'https://app.example.com': https, or http on loopback"
const LABEL = 'latchkey: login'
const ACCOUNT_METHODS = ['findOrCreate', 'find', 'findByIdentity', 'identities', 'link', 'unlink', 'setProfile']
const REPLAY_METHODS = ['remember', 'forget']
const TOKEN_METHODS = ['find', 'put', 'replace', 'remove']

const path = o.must("be a path such as '/login'", o.isRoutePath)
const target = o.must("be a path such as '/welcome'", isTarget)

const schema = o.pluginOptions({
  providers: o.listOf('be a list of at least one provider, such as discord({ ... })', provider, 1),
  store: o.optional(
    o.must<NonNullable<LoginOptions['store']>>(
      'have accounts, as memoryStore() of @latchkey/store/memory does',
      (value) => o.isObject(value) && o.hasMethods(value['accounts'], ACCOUNT_METHODS)
    )
  ),
  origin: o.optional(o.must(ORIGIN, o.isOrigin)),
  secrets: o.optional(secrets),
  loginPath: o.optional(path, '/login'),
  callbackPath: o.optional(
    o.must(
      "be a path such as '/login/:provider/callback'",
      (value): value is string => typeof value === 'string' && o.isRoutePath(value.replace('/:provider', '/provider'))
    ),
    '/login/:provider/callback'
  ),
  logoutPath: o.optional(
    o.must("be a path such as '/logout', or false", (value) => value === false || o.isRoutePath(value)),
    '/logout'
  ),
  returnTo: o.optional(target, '/'),
  afterLogout: o.optional(target, '/'),
  postLogoutRedirects: o.optional(
    o.listOf(
      'be a list of paths and https URLs',
      o.must('be a path or an https URL (http on loopback only)', isRedirect)
    ),
    []
  ),
  keepTokens: o.optional(o.flag, false),
  revokeUpstreamOnLogout: o.optional(o.flag, false),
  onLogin: o.optional(o.aFunction<OnLogin>()),
  render: o.optional(o.aFunction<RenderLoginPage>()),
  clockTolerance: o.optional(o.integer(0, 60, 'seconds'), 30),
  now: o.clock
})

/**
 * Checks the options and adds the defaults.
 *
 * @param sessions - `app.sessions`, whose origin and keys are used if the options have none; `null` if there is none
 * @throws RegistrationError naming the option and the fix
 */
export function resolveOptions(given: LoginOptions, sessions: Sessions | null): ResolvedOptions {
  const { secrets: own, ...options } = o.checkOptions(NAME, schema, given)
  const { providers, loginPath, callbackPath, logoutPath, keepTokens, revokeUpstreamOnLogout, store, onLogin } = options
  for (const [at, each] of providers.entries()) checkProvider(NAME, each, `providers[${at}]`)
  const twice = providers.findIndex(({ name }, at) => providers.findIndex((each) => each.name === name) !== at)
  requireThat(twice === -1, `providers[${twice}].name must differ from the names of the other providers`)
  const origin = options.origin ?? sessions?.origin
  const ring = own?.map((secret) => deriveKey(secret, LABEL)) ?? sessions?.deriveKeys(LABEL)
  requireThat(
    origin !== undefined,
    `origin must ${ORIGIN}; got undefined. It is optional with an app.sessions that has one`
  )
  requireThat(
    o.isOrigin(origin),
    `the origin of app.sessions must ${ORIGIN}. Fix: give the session the origin that browsers see`
  )
  requireThat(
    ring !== undefined,
    'secrets is required without app.sessions. Fix: register the session before the login'
  )
  requireThat(store !== undefined || onLogin !== undefined, 'store is required without onLogin')
  requireThat(sessions !== null || onLogin !== undefined, 'onLogin is required without app.sessions')
  requireThat(
    !(keepTokens || revokeUpstreamOnLogout) || o.hasMethods(store?.upstreamTokens, TOKEN_METHODS),
    'store must have upstreamTokens with keepTokens'
  )
  requireThat(
    store?.dpopReplay === undefined || o.hasMethods(store.dpopReplay, REPLAY_METHODS),
    'store.dpopReplay must have the methods remember and forget'
  )
  requireThat(keepTokens || !revokeUpstreamOnLogout, 'revokeUpstreamOnLogout needs keepTokens')
  requireThat(
    callbackPath.includes(':provider') || providers.length === 1,
    "callbackPath must have ':provider' in it if there are several providers"
  )
  const names = providers.map(({ name }) => name)
  const ends = ['', '/link', '/backchannel-logout']
  const taken = [loginPath, ...names.flatMap((name) => ends.map((end) => `${loginPath}/${name}${end}`))]
  requireThat(
    !names.some((name) => [...taken, logoutPath].includes(callbackPath.replace(':provider', name))),
    'callbackPath must differ from the paths of the login and the logout'
  )
  requireThat(!taken.includes(String(logoutPath)), 'logoutPath must differ from the paths of the login')
  return { ...options, origin, ring }
}

function requireThat(holds: boolean, fault: string): asserts holds {
  if (!holds) throw new o.RegistrationError(NAME, fault)
}

function isTarget(value: unknown): value is string {
  return typeof value === 'string' && safeReturnTo(value, undefined, '') === value
}

function isRedirect(value: unknown): value is string {
  if (isTarget(value)) return true
  return typeof value === 'string' && o.isOrigin(o.parseUrl(value)?.origin) && !/[^\x21-\x7e]/.test(value)
}
