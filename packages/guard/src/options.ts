import * as o from '@latchkey/options'
import type { Application } from './principals.ts'
import { type ProtectedResource, protectedResource } from './protected-resource.ts'
import { type AccessRule, isAccessRule } from './rules.ts'
import type { RoleScopes } from './role-catalog.ts'
import type { ScopeHierarchy } from './scope-catalog.ts'
import type { ScopeDescriptions } from './security-scheme.ts'

/**
 * The options of the guard. All are optional.
 *
 * @example
 * ```ts
 * await app.register(guard, {
 *   scopes: { 'items:read': 'Read items', 'items:write': 'Change items' },
 *   implies: { 'items:write': ['items:read'] },
 *   resolveUser: ({ subject }) => users.find(subject)
 * })
 * ```
 */
export interface GuardOptions {
  /**
   * All scopes of this server with their descriptions: `{ 'items:read': 'Read items' }`. If set, a rule that names another
   * scope keeps the server from starting. Default: none, and typing errors in scopes are not detected.
   *
   * @example scopes: { 'items:read': 'Read items', 'items:write': 'Change items' }
   */
  scopes?: ScopeDescriptions | undefined
  /**
   * Scopes that include other scopes: `{ 'items:write': ['items:read'] }`. Chains are followed. Default: no scope includes
   * another.
   *
   * @example implies: { admin: ['items:write'], 'items:write': ['items:read'] }
   */
  implies?: ScopeHierarchy | undefined
  /**
   * The scopes that each role gives, with those that they imply: `{ editor: ['items:write'] }`. The roles of a caller are `roles` of
   * what `resolveUser` returns. If that has no such member, they are those of the credential: `roles` of `reply.signIn()`, or the
   * claim that the issuer's `rolesClaim` in `@latchkey/bearer` names. The effective scopes are those that the credential carries
   * and the roles give. An unknown role gives nothing. A caller without any roles member is not restricted. Default: no roles.
   *
   * @example roles: { reader: ['items:read'], editor: ['items:write'] }
   */
  roles?: RoleScopes | undefined
  /**
   * Returns the scopes that the caller may use now. Called on every request with credentials. The effective scopes are those
   * that the credential carries and this function returns; with `roles`, a scope needs both. Default: only the credential decides.
   *
   * @example permissions: async ({ subject }) => roles.scopesOf(subject)
   */
  permissions?: Application['permissions']
  /**
   * Returns the application's record of the caller, for `principal.user`. Called on every request with credentials. `null`,
   * `undefined` or `false` means that the user does not exist (any more): the credential is refused with 401. A credential that
   * browsers send automatically is ignored instead, so that its owner can still use the open routes.
   *
   * @example resolveUser: async ({ subject }) => users.find(subject)
   */
  resolveUser?: Application['resolveUser']
  /**
   * Rules for routes of other plugins, by route pattern as registered, prefixes included: `{ '/metrics': allOf('metrics') }`. A
   * rule is added to the route's own rule and never replaces it. A pattern without a route keeps the server from starting.
   *
   * @example routes: { '/metrics': allOf('metrics'), '/docs/*': noAuthentication }
   */
  routes?: Readonly<Record<string, AccessRule>> | undefined
  /**
   * How routes without a rule are handled. `'deny'` (default): the server does not start, and the error lists them. `'allow'`:
   * they are open, and the log lists them. Use `'allow'` to adopt the guard step by step.
   */
  undeclared?: 'deny' | 'allow' | undefined
  /**
   * The resource identifier of the routes, such as `https://api.example.com`: an https URL, or http on loopback. The guard then
   * serves the resource metadata at `/.well-known/oauth-protected-resource`, followed by the path of the identifier, and every
   * challenge names that URL. Default: none, and there is no metadata.
   *
   * @see [RFC 9728](https://www.rfc-editor.org/rfc/rfc9728)
   *
   * @example resource: { identifier: 'https://api.example.com', name: 'The shop' }
   */
  resource?: string | ProtectedResource | undefined
  /**
   * Whether the challenge for a request without credentials names the scopes of the route, as MCP clients expect. `false` hides
   * them from callers without credentials. Default: `true`.
   *
   * @see [RFC 6750 §3](https://www.rfc-editor.org/rfc/rfc6750#section-3)
   */
  challengeScopes?: boolean | undefined
  /**
   * Whether requests that pages of other origins make are refused: all methods except `GET`, `HEAD` and `OPTIONS`, and
   * WebSockets, on every route with a rule. A request with a token, or with another credential that browsers do not send
   * automatically, is not refused. `false` accepts all of them, with session cookies too: for a server with other protection.
   * Default: `true`.
   */
  crossOriginProtection?: boolean | undefined
  /**
   * Other origins whose pages may make such requests, such as `['https://app.example.com']`. Does not let them read the answer:
   * that requires CORS. Default: none.
   *
   * @example trustedOrigins: ['https://app.example.com']
   */
  trustedOrigins?: readonly string[] | undefined
  /** The clock for `recentLogin()`, in milliseconds since the epoch. For tests. Default: `Date.now`. */
  now?: (() => number) | undefined
}

/** The options with their defaults. */
export interface ResolvedOptions extends Omit<GuardOptions, 'resource'> {
  readonly undeclared: 'deny' | 'allow'
  readonly resource: ProtectedResource | undefined
  readonly challengeScopes: boolean
  readonly crossOriginProtection: boolean
  readonly now: () => number
}

const NAME = '@latchkey/guard'

const schema = o.pluginOptions({
  scopes: o.optional(
    o.must<ScopeDescriptions>('map each scope to a description', (value) =>
      o.isMapOf(value, (description) => typeof description === 'string')
    )
  ),
  implies: o.optional(
    o.must<ScopeHierarchy>('map scopes to lists of scopes', (value) => o.isMapOf(value, Array.isArray))
  ),
  roles: o.optional(o.must<RoleScopes>('map roles to lists of scopes', (value) => o.isMapOf(value, Array.isArray))),
  permissions: o.optional(o.aFunction<Application['permissions']>()),
  resolveUser: o.optional(o.aFunction<Application['resolveUser']>()),
  routes: o.optional(
    o.must<Readonly<Record<string, AccessRule>>>('map route patterns to rules (everyone, allOf(...), ...)', (value) =>
      o.isMapOf(value, isAccessRule)
    )
  ),
  undeclared: o.optional(o.oneOf('deny', 'allow'), 'deny'),
  resource: o.optional(protectedResource),
  challengeScopes: o.optional(o.flag, true),
  crossOriginProtection: o.optional(o.flag, true),
  trustedOrigins: o.optional(
    o.listOf(
      'be a list of origins',
      o.must(
        "be an origin such as 'https://app.example.com', as browsers send it: without a path, a final slash or a default port",
        isExactOrigin
      )
    )
  ),
  now: o.clock
})

/**
 * Checks the options and adds the defaults.
 *
 * @throws RegistrationError naming the option and the fix
 */
export function resolveOptions(given: GuardOptions): ResolvedOptions {
  const { resource, ...options } = o.checkOptions(NAME, schema, given)
  if (!options.crossOriginProtection && options.trustedOrigins !== undefined) {
    throw new o.RegistrationError(
      NAME,
      'trustedOrigins has no effect with crossOriginProtection: false. Fix: leave one of the two out'
    )
  }
  return { ...options, resource: typeof resource === 'string' ? { identifier: resource } : resource }
}

// Other schemes are allowed: an app in a web view has an origin such as capacitor://localhost.
function isExactOrigin(value: unknown): value is string {
  const url = typeof value === 'string' ? o.parseUrl(value) : null
  return url !== null && url.host !== '' && `${url.protocol}//${url.host}` === value
}
