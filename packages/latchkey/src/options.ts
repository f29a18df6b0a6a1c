import type { AuthorizationEndpointOptions } from '@latchkey/authorization-endpoint'
import type { BearerOptions } from '@latchkey/bearer'
import type { GuardOptions } from '@latchkey/guard'
import { pathIn } from '@latchkey/guard/plugin'
import type { LoginOptions } from '@latchkey/login'
import type { OpenapiOptions } from '@latchkey/openapi'
import * as o from '@latchkey/options'
import type { PasswordGrantOptions } from '@latchkey/password-grant'
import type { PasswordLoginOptions } from '@latchkey/password-login'
import type { SessionOptions } from '@latchkey/session'
import type { Store } from '@latchkey/store'
import type { StoredKeysOptions, TokenEndpointOptions } from '@latchkey/token-endpoint'
import type { FastifyInstance } from 'fastify'

/**
 * The options of `latchkey`: what the parts share, and the options of each part. Only the parts that are named are loaded, with
 * those that they need. A member of a part replaces the shared value for that part.
 *
 * @example
 * ```ts
 * await app.register(latchkey, {
 *   origin: 'https://app.example.com',
 *   store: sqlStore({ file: 'accounts.sqlite' }),
 *   secrets: [process.env.LATCHKEY_SECRET], // openssl rand -base64 32
 *   login: { providers: [discord({ clientId, clientSecret })] }
 * })
 * ```
 */
export interface LatchkeyOptions {
  /**
   * The public origin of this server, such as `https://app.example.com`: https, or http on loopback. It is the issuer and the
   * audience of the tokens, and the origin of the session and of the logins. Never taken from a request. Required with a token
   * endpoint and with a session.
   *
   * @example origin: 'https://app.example.com'
   */
  readonly origin?: string | undefined
  /**
   * The store of all parts: `memoryStore()` of `latchkey/store/memory` for development, `sqlStore()` of `latchkey/store/sql`, or
   * `redisStore()` of `latchkey/store/redis`. Call `store.migrate()` of an SQL store yourself. Required with a token endpoint and with
   * a session.
   */
  readonly store?: Store | undefined
  /**
   * The secrets that seal session cookies, and the signing keys in the store. Each has 32 or more random bytes, as
   * `openssl rand -base64 32` prints them. The session seals with the first one. To rotate, see the options `secrets` of
   * `@latchkey/session` and of `storedKeys()`: add a new secret last in all processes, then move it to the front, then remove the
   * old one. Required with a session, and with a token endpoint without `tokenEndpoint.keys`.
   *
   * @example secrets: [process.env.LATCHKEY_SECRET]
   */
  readonly secrets?: readonly (string | undefined)[] | undefined
  /**
   * The guard, which is always registered. `permissions` defaults to the permissions of the accounts in the store, if `login` is the
   * only source of callers: without `login.onLogin`, `passwordGrant`, `passwordLogin`, `bearer.issuers`, and clients of the grant type
   * `client_credentials`. `resource` defaults to `origin` with an authorization endpoint.
   *
   * @example guard: { scopes: { 'items:read': 'Read items' } }
   */
  readonly guard?: GuardOptions | undefined
  /**
   * The OpenAPI document. Default: none.
   *
   * @example openapi: { ui: '/docs' }
   */
  readonly openapi?: OpenapiOptions | undefined
  /**
   * The token endpoint. `issuer` defaults to `origin`, and `audience` to the guard's `resource` or the issuer. `keys` defaults to
   * `storedKeys()`: keys in the store that rotate by themselves. `clients` defaults to none without a password grant. Default: none,
   * or one with these defaults if `passwordGrant` or `authorizationEndpoint` is named.
   */
  readonly tokenEndpoint?: Partial<TokenEndpointOptions> | undefined
  /**
   * The grant type `password`, for first-party clients only. Default: none.
   *
   * @example passwordGrant: { verifyPassword: argon2Passwords({ findUser }) }
   */
  readonly passwordGrant?: PasswordGrantOptions | undefined
  /** The authorization endpoint: every client logs its users in at this server. Default: none. */
  readonly authorizationEndpoint?: Partial<AuthorizationEndpointOptions> | undefined
  /**
   * Access tokens in the `Authorization` header. The own token endpoint comes first in the list of issuers. `false`: this server does
   * not accept the tokens that it issues. Default: the tokens of the own token endpoint, if there is one.
   *
   * @example bearer: { issuers: [{ issuer: 'https://login.example.com', audience: 'https://api.example.com' }] }
   */
  readonly bearer?: Partial<BearerOptions> | false | undefined
  /**
   * Sessions in a cookie. `loginPath` defaults to that of `login` or `passwordLogin`. Default: none, or one with these defaults if
   * `login`, `passwordLogin` or `authorizationEndpoint` is named.
   */
  readonly session?: Partial<SessionOptions> | undefined
  /**
   * The login with a password, into a session. Default: none.
   *
   * @example passwordLogin: { verifyPassword: argon2Passwords({ findUser }) }
   */
  readonly passwordLogin?:
    | (Omit<PasswordLoginOptions, 'store'> & Partial<Pick<PasswordLoginOptions, 'store'>>)
    | undefined
  /**
   * The login with providers, of `latchkey/providers`. Default: none.
   *
   * @example login: { providers: [google({ clientId, clientSecret })] }
   */
  readonly login?: LoginOptions | undefined
}

/** The options of the parts that are registered; `null` for the other parts. */
export interface ResolvedOptions {
  readonly guard: GuardOptions
  readonly openapi: OpenapiOptions | null
  readonly tokenEndpoint: Omit<TokenEndpointOptions, 'keys'> | null
  readonly keys: Keys | null
  readonly passwordGrant: PasswordGrantOptions | null
  readonly bearer: Partial<BearerOptions> | null
  readonly session: SessionOptions | null
  readonly passwordLogin: PasswordLoginOptions | null
  readonly login: LoginOptions | null
  readonly authorizationEndpoint: AuthorizationEndpointOptions | null
  /** The accounts that all callers have; `null` if some callers may have none. */
  readonly accounts: Store['accounts'] | null
}

/** The keys of the token endpoint, as the application gave them or as options of `storedKeys()`. */
type Keys = { readonly given: TokenEndpointOptions['keys'] } | { readonly stored: StoredKeysOptions }

const NAME = 'latchkey'
const ORIGIN =
  "be an origin such as 'https://app.example.com', without a path or a final slash: https, or http on loopback"

// Each part checks its own members.
const part = o.optional(o.must<object>('be an object with the options of this part', o.isRecord))

const schema = o.pluginOptions({
  origin: o.optional(o.must<string>(ORIGIN, o.isOrigin)),
  store: o.optional(o.must<object>('be a store, such as memoryStore() of latchkey/store/memory', o.isObject)),
  secrets: o.optional(o.must<readonly unknown[]>('be a list of secrets, such as [process.env.SECRET]', Array.isArray)),
  guard: part,
  openapi: part,
  tokenEndpoint: part,
  passwordGrant: part,
  authorizationEndpoint: part,
  bearer: o.optional(
    o.must<object | false>(
      'be an object with the options of this part, or false',
      (value) => value === false || o.isRecord(value)
    )
  ),
  session: part,
  passwordLogin: part,
  login: part
})

/**
 * Checks the shared options, adds the parts that others need, and gives each part the shared values. The parts check their own
 * options.
 *
 * @param context - its prefix is part of the path of the login page
 * @throws RegistrationError naming the option and the fix
 */
export function resolveOptions(options: LatchkeyOptions, context: FastifyInstance): ResolvedOptions {
  o.checkOptions(NAME, schema, options)
  const given = withoutUndefined(options)
  const { passwordGrant, login, passwordLogin, authorizationEndpoint } = given
  const tokenEndpoint = given.tokenEndpoint ?? (passwordGrant || authorizationEndpoint ? {} : null)
  const session = given.session ?? (login || passwordLogin || authorizationEndpoint ? {} : null)
  const bearer = given.bearer ?? (tokenEndpoint ? {} : false)
  const loginPath = pathIn(context, login?.loginPath ?? passwordLogin?.loginPath ?? '/login')
  const hasLogin = login !== undefined || passwordLogin !== undefined
  const guard = guardOptions(given)
  return {
    guard,
    openapi: given.openapi ?? null,
    tokenEndpoint: tokenEndpoint && endpointOptions(given, tokenEndpoint, guard.resource),
    keys: tokenEndpoint && keysOf(given, tokenEndpoint),
    passwordGrant: passwordGrant ?? null,
    bearer: bearer === false ? null : bearer,
    session: session && sessionOptions(given, session, hasLogin ? loginPath : undefined),
    passwordLogin: passwordLogin
      ? { ...passwordLogin, store: needed(passwordLogin.store ?? given.store, 'store', 'passwordLogin') }
      : null,
    login: login ? { store: given.store, ...login } : null,
    authorizationEndpoint: authorizationEndpoint
      ? {
          loginPath,
          ...authorizationEndpoint,
          store: needed(authorizationEndpoint.store ?? given.store, 'store', 'authorizationEndpoint')
        }
      : null,
    accounts: accountsOf(given)
  }
}

/** Leaves out the members of the parts that are `undefined`: they must not replace a default. */
function withoutUndefined(options: LatchkeyOptions): LatchkeyOptions {
  const given = Object.entries(options).map(([name, value]: [string, unknown]) => [
    name,
    name === 'store' || !o.isRecord(value) ? value : present(value)
  ])
  return present(Object.fromEntries(given) as LatchkeyOptions) // the same members
}

function present<Options extends object>(options: Options): Options {
  const members = Object.entries(options).filter(([, value]) => value !== undefined)
  return Object.fromEntries(members) as Options // the type of each member that is left out has undefined
}

function guardOptions({ guard, authorizationEndpoint, tokenEndpoint, origin }: LatchkeyOptions): GuardOptions {
  const isResource = authorizationEndpoint !== undefined && tokenEndpoint?.audience === undefined
  return { ...(isResource && { resource: origin }), ...guard }
}

function endpointOptions(
  given: LatchkeyOptions,
  own: Partial<TokenEndpointOptions>,
  resource: GuardOptions['resource']
): Omit<TokenEndpointOptions, 'keys'> {
  const issuer = needed(own.issuer ?? given.origin, 'origin', 'a token endpoint')
  const identifier = typeof resource === 'object' ? resource.identifier : resource
  const { keys: _, ...options } = own
  return {
    // The default of the token endpoint is a client for the password grant.
    ...(given.passwordGrant === undefined && { clients: [] }),
    audience: identifier ?? issuer,
    ...options,
    issuer,
    store: needed(own.store ?? given.store, 'store', 'a token endpoint')
  }
}

function keysOf(given: LatchkeyOptions, { keys }: Partial<TokenEndpointOptions>): Keys {
  if (keys !== undefined) return { given: keys }
  return {
    stored: {
      store: needed(given.store, 'store', 'a token endpoint without keys'),
      secrets: needed(given.secrets, 'secrets', 'a token endpoint without keys')
    }
  }
}

function sessionOptions(
  given: LatchkeyOptions,
  own: Partial<SessionOptions>,
  loginPath: string | undefined
): SessionOptions {
  return {
    loginPath,
    ...own,
    origin: needed(own.origin ?? given.origin, 'origin', 'a session'),
    store: needed(own.store ?? given.store, 'store', 'a session'),
    secrets: needed(own.secrets ?? given.secrets, 'secrets', 'a session')
  }
}

/** The accounts of all callers: logins with providers make them, and no other part brings callers. */
function accountsOf({ login, store, ...others }: LatchkeyOptions): ResolvedOptions['accounts'] {
  const { passwordGrant, passwordLogin, bearer, tokenEndpoint } = others
  if (login === undefined || login.onLogin !== undefined || passwordGrant || passwordLogin) return null
  if (bearer && bearer.issuers !== undefined) return null
  const clients = tokenEndpoint?.clients ?? []
  const haveUsers = Array.isArray(clients) && clients.every(isForUsers)
  return haveUsers ? needed(login.store ?? store, 'store', 'login').accounts : null
}

// The token endpoint has not checked it yet.
function isForUsers(client: unknown): boolean {
  if (!o.isObject(client)) return false
  const { grantTypes } = client
  return Array.isArray(grantTypes) && !grantTypes.includes('client_credentials')
}

function needed<Value>(value: Value | undefined, name: string, part: string): Value {
  if (value !== undefined) return value
  throw new o.RegistrationError(NAME, `${name} is required with ${part}; got undefined. Fix: give ${name} to latchkey`)
}
