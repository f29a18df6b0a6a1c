import { checkOptions, must, mustBeFunction, optional } from './check-options.ts'
import { InvalidOptionError } from './errors.ts'
import type { Application } from './principals.ts'
import { mustBeResource, type ProtectedResource } from './protected-resource.ts'
import { type AccessRule, isAccessRule } from './rules.ts'
import type { ScopeHierarchy } from './scope-catalog.ts'
import type { ScopeDescriptions } from './security-scheme.ts'

/** The options of the guard. Each may be left out. */
export interface GuardOptions {
  /**
   * Every scope of this server, and what it lets its holder do: `{ 'items:read': 'Read items' }`. With it, a rule that
   * names any other scope keeps the server from starting. Without it, typing errors in scopes go unnoticed.
   */
  scopes?: ScopeDescriptions | undefined
  /** Scopes that bring others along: `{ 'items:write': ['items:read'] }`. Holds for whole chains. Default: none do. */
  implies?: ScopeHierarchy | undefined
  /**
   * What the caller may do now, asked on every request that carries credentials: the effective scopes are those that
   * the credential carries and that are allowed here. Default: the credential alone decides.
   */
  permissions?: Application['permissions']
  /**
   * The application's own record of the caller, for `principal.user`, asked on every request that carries credentials.
   * `null`, `undefined` or `false` means that there is nobody (any more): the credential is refused with 401. One that
   * browsers send by themselves then counts for nothing, so that its owner still gets to the open routes.
   */
  resolveUser?: Application['resolveUser']
  /**
   * Rules for routes that another plugin registers, by the route pattern as registered, prefixes included:
   * `{ '/metrics': allOf('metrics') }`. Adds to the route's own rule, never takes from it. A pattern that no route has
   * keeps the server from starting.
   */
  routes?: Readonly<Record<string, AccessRule>> | undefined
  /**
   * What to do with routes that no rule covers. `'deny'` (default) lists them and keeps the server from starting;
   * `'allow'` leaves them open and lists them in the log, for a server that adopts the guard step by step.
   */
  undeclared?: 'deny' | 'allow' | undefined
  /**
   * The resource identifier of the routes, such as `https://api.example.com`: an https URL, or http on loopback. The guard
   * then serves the metadata that clients look for at `/.well-known/oauth-protected-resource`, followed by the identifier's
   * path, and every challenge names it. Default: none, and neither.
   *
   * @see [RFC 9728](https://www.rfc-editor.org/rfc/rfc9728)
   */
  resource?: string | ProtectedResource | undefined
  /**
   * Whether the challenge for a request without credentials names the scopes that the route asks for, as MCP clients expect.
   * `false` keeps them from strangers. Default: `true`.
   *
   * @see [RFC 6750 §3](https://www.rfc-editor.org/rfc/rfc6750#section-3)
   */
  challengeScopes?: boolean | undefined
  /**
   * Refuses requests that pages of other origins make: every method but `GET`, `HEAD` and `OPTIONS`, and WebSockets, on every
   * route with a rule, unless a token or another credential that no browser sends by itself vouches for them. `false` lets
   * them all in, with session cookies too: for a server that protects itself by other means. Default: `true`.
   */
  crossOriginProtection?: boolean | undefined
  /**
   * Origins whose pages may do so all the same, such as `['https://app.example.com']`. Does not let them read the answer: that
   * takes CORS. Default: none.
   */
  trustedOrigins?: readonly string[] | undefined
  /** The time in milliseconds since the epoch, for `recentLogin()`. Default: `Date.now`. For tests. */
  now?: (() => number) | undefined
}

/** @throws InvalidOptionError naming the option and the fix */
export function checkGuardOptions(options: GuardOptions): Readonly<GuardOptions> {
  const checked = checkOptions(PLUGIN, options, {
    scopes: optional(
      must(
        'map each scope to a description',
        isRecordOf((value) => typeof value === 'string')
      )
    ),
    implies: optional(must('map scopes to lists of scopes', isRecordOf(Array.isArray))),
    permissions: optional(mustBeFunction),
    resolveUser: optional(mustBeFunction),
    routes: optional(must('map route patterns to rules (everyone, allOf(...), ...)', isRecordOf(isAccessRule))),
    undeclared: optional(must("be 'deny' or 'allow'", (value) => value === 'deny' || value === 'allow')),
    resource: optional(mustBeResource),
    challengeScopes: optional(mustBeBoolean),
    crossOriginProtection: optional(mustBeBoolean),
    trustedOrigins: optional(
      must(
        "be a list of origins such as 'https://app.example.com', each as browsers send it: without a path, a final slash or a default port",
        (value) => Array.isArray(value) && value.every(isExactOrigin)
      )
    ),
    now: optional(mustBeFunction)
  })
  if (checked.crossOriginProtection === false && checked.trustedOrigins !== undefined) {
    throw new InvalidOptionError(
      PLUGIN,
      'trustedOrigins',
      'has no effect with crossOriginProtection: false: leave one out'
    )
  }
  return checked
}

const PLUGIN = '@latchkey/guard'

const mustBeBoolean = must('be true or false', (value) => typeof value === 'boolean')

// Other schemes too: an app in a web view has an origin such as capacitor://localhost.
function isExactOrigin(value: unknown): boolean {
  if (typeof value !== 'string' || !URL.canParse(value)) return false
  const { protocol, host } = new URL(value)
  return host !== '' && `${protocol}//${host}` === value
}

function isRecordOf(holds: (value: unknown) => boolean): (value: unknown) => boolean {
  return (value) =>
    typeof value === 'object' && value !== null && !Array.isArray(value) && Object.values(value).every(holds)
}
