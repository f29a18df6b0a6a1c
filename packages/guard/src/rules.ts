import { isScopeToken } from './scope.ts'

/**
 * Who may use a route: {@link noAuthentication}, {@link everyone}, {@link authenticated}, or a value made by
 * {@link recentLogin}, {@link allOf} or {@link anyOf}. Rules are frozen and can be shared, nested and compared by what they
 * hold.
 */
export type AccessRule =
  | { readonly kind: 'noAuthentication' }
  | { readonly kind: 'everyone' }
  | { readonly kind: 'authenticated' }
  | { readonly kind: 'recentLogin'; readonly maxAge: number }
  | { readonly kind: 'allOf' | 'anyOf'; readonly of: readonly (string | AccessRule)[] }

/**
 * One sufficient way to satisfy a rule: the scopes that must all be held, and how recent the login must be. A rule is
 * satisfied when any of its alternatives is. `authenticated: false` lets anonymous callers in.
 */
export interface Alternative {
  readonly authenticated: boolean
  readonly scopes: readonly string[]
  /** How many seconds ago the login may have been; `null` where that does not matter. */
  readonly maxAge: number | null
}

/** More alternatives than this is a rule that nobody can read, in the code or in the documentation. */
const MOST_ALTERNATIVES = 64

/**
 * Lets everyone in without looking at credentials: good, bad and missing ones make no difference. No authenticator and no
 * store is asked, no `Vary` or `Cache-Control` is added, no event is published, and `request.principalIfAny` is `null`. For
 * static files, health checks and endpoints that have a proof of their own. Does not protect against requests from other
 * sites: a route that changes something for the holder of a cookie needs another rule.
 *
 * Stands alone: it is no part of an {@link allOf} or {@link anyOf}, and the server does not start when another rule covers
 * the same route.
 *
 * @example app.get('/health', { config: { access: noAuthentication } }, async () => 'ok')
 */
export const noAuthentication: AccessRule = Object.freeze({ kind: 'noAuthentication' })

/**
 * Lets everyone in, with credentials or without. Credentials that are presented are still verified, and a bad one
 * is still refused: an expired token never quietly becomes an anonymous visit.
 */
export const everyone: AccessRule = Object.freeze({ kind: 'everyone' })

/** Lets in whoever proves who they are, whatever scopes they hold. */
export const authenticated: AccessRule = Object.freeze({ kind: 'authenticated' })

/**
 * Lets in whoever logged in not longer ago than `maxAge` seconds: for what a stolen session or token must not be enough
 * for. `allOf('payments', recentLogin({ maxAge: 300 }))` asks for both. What counts is `principal.authenticatedAt`: the
 * `auth_time` of a token, or the sign-in of a session. A credential that does not say when the login was is not recent,
 * however new it is itself: `iat` says when a token was made, and a refresh makes a new one without any login. A time more
 * than a minute in the future is not recent either. Does not say how the person logged in.
 *
 * @throws TypeError when `maxAge` is no whole number of seconds from 1
 * @see [RFC 9470 §3](https://www.rfc-editor.org/rfc/rfc9470#section-3)
 */
export function recentLogin({ maxAge }: { readonly maxAge: number }): AccessRule {
  if (!isMaxAge(maxAge)) throw new TypeError('recentLogin() takes { maxAge }, a whole number of seconds from 1')
  return Object.freeze({ kind: 'recentLogin', maxAge })
}

/**
 * A rule that holds when every one of its parts does. A string is a scope; a rule may stand wherever a scope may.
 *
 * @throws TypeError when it is given nothing (say `authenticated` or `everyone` instead), `noAuthentication`, something that
 * is neither a scope token nor a rule, or parts that multiply to more than 64 alternatives
 */
export function allOf(...of: (string | AccessRule)[]): AccessRule {
  return combine('allOf', of)
}

/**
 * A rule that holds when at least one of its parts does. A string is a scope; a rule may stand wherever a scope may.
 *
 * @throws TypeError as {@link allOf} does
 */
export function anyOf(...of: (string | AccessRule)[]): AccessRule {
  return combine('anyOf', of)
}

function combine(kind: 'allOf' | 'anyOf', of: (string | AccessRule)[]): AccessRule {
  if (of.length === 0) {
    throw new TypeError(`${kind}() was given no scope: write "authenticated" or "everyone" to ask for none`)
  }
  for (const part of of) {
    if (isAccessRule(part) && part.kind === 'noAuthentication') {
      throw new TypeError(`${kind}() cannot hold noAuthentication: a route has that rule alone, or none of it`)
    }
    if (!isPart(part)) {
      throw new TypeError(`${kind}() takes scope tokens (RFC 6749 §3.3) and rules, each as its own argument`)
    }
  }
  const rule: AccessRule = Object.freeze({ kind, of: Object.freeze([...of]) })
  made.set(rule, Object.freeze(waysOf(rule)))
  return rule
}

// The alternatives of the rules that this copy of the package made: a part that stands in many rules is read once.
const made = new WeakMap<object, readonly Alternative[]>()

/** Whether a value is a rule, whichever copy of this package made it. */
export function isAccessRule(value: unknown): value is AccessRule {
  if (typeof value !== 'object' || value === null || !('kind' in value)) return false
  if (value.kind === 'noAuthentication' || value.kind === 'everyone' || value.kind === 'authenticated') return true
  if (value.kind === 'recentLogin') return 'maxAge' in value && isMaxAge(value.maxAge)
  if (value.kind !== 'allOf' && value.kind !== 'anyOf') return false
  if (made.has(value)) return true
  return 'of' in value && Array.isArray(value.of) && value.of.length > 0 && value.of.every(isPart)
}

function isPart(value: unknown): value is string | AccessRule {
  return isScopeToken(value) || (isAccessRule(value) && value.kind !== 'noAuthentication')
}

/**
 * The ways to satisfy a rule, in the order in which the rule names them: `anyOf` adds alternatives, `allOf` multiplies
 * them. This one form serves enforcement, challenges and documentation, so that the three cannot differ.
 *
 * @throws TypeError when there are more than 64, which a rule made by {@link allOf} or {@link anyOf} never has
 */
export function alternatives(rule: AccessRule | string): readonly Alternative[] {
  return (typeof rule === 'object' ? made.get(rule) : undefined) ?? Object.freeze(waysOf(rule))
}

function waysOf(rule: AccessRule | string): Alternative[] {
  if (typeof rule === 'string') return [way({ scopes: [rule] })]
  if (rule.kind === 'noAuthentication' || rule.kind === 'everyone') return [way({ authenticated: false })]
  if (rule.kind === 'authenticated') return [way({})]
  if (rule.kind === 'recentLogin') return [way({ maxAge: rule.maxAge })]
  const parts = rule.of.map(alternatives)
  const isAny = rule.kind === 'anyOf'
  // Counted before anything is multiplied: 18 choices of two are 262,144 alternatives.
  const count = parts.reduce((sum, { length }) => (isAny ? sum + length : sum * length), isAny ? 0 : 1)
  if (count > MOST_ALTERNATIVES) {
    throw new TypeError(
      `${rule.kind}() multiplies to more than ${MOST_ALTERNATIVES} alternatives: name a scope for them`
    )
  }
  if (isAny) return parts.flat()
  return parts.reduce<Alternative[]>(
    (before, next) => before.flatMap((a) => next.map((b) => both(a, b))),
    [way({ authenticated: false })]
  )
}

function both(a: Alternative, b: Alternative): Alternative {
  return way({
    authenticated: a.authenticated || b.authenticated,
    scopes: [...new Set([...a.scopes, ...b.scopes])],
    maxAge: a.maxAge === null || b.maxAge === null ? (a.maxAge ?? b.maxAge) : Math.min(a.maxAge, b.maxAge)
  })
}

// Frozen to its depths: what is enforced is also what errors and events tell others of.
function way({ authenticated = true, scopes = [], maxAge = null }: Partial<Alternative>): Alternative {
  return Object.freeze({ authenticated, scopes: Object.freeze([...scopes]), maxAge })
}

function isMaxAge(value: unknown): boolean {
  return Number.isSafeInteger(value) && Number(value) > 0
}
