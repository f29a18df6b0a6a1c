import { isScopeToken } from './scope.ts'

/**
 * The access rule of a route: {@link noAuthentication}, {@link everyone}, {@link authenticated}, or the result of
 * {@link recentLogin}, {@link allOf} or {@link anyOf}. Rules are frozen. They can be shared, nested and compared by their
 * content.
 */
export type AccessRule =
  | { readonly kind: 'noAuthentication' }
  | { readonly kind: 'everyone' }
  | { readonly kind: 'authenticated' }
  | { readonly kind: 'recentLogin'; readonly maxAge: number }
  | { readonly kind: 'allOf' | 'anyOf'; readonly of: readonly (string | AccessRule)[] }

/**
 * One sufficient way to satisfy a rule: all scopes that the caller must have, and the greatest allowed age of the login. One
 * satisfied alternative satisfies the rule. `authenticated: false` admits anonymous callers.
 */
export interface Alternative {
  readonly authenticated: boolean
  readonly scopes: readonly string[]
  /** The greatest allowed age of the login in seconds; `null` for any age. */
  readonly maxAge: number | null
}

/** The greatest number of alternatives. A rule with more is not readable, in the code or in the documentation. */
const MOST_ALTERNATIVES = 64

/**
 * Admits every request without looking at credentials: valid, invalid and missing ones make no difference. No authenticator and
 * no store is asked, no `Vary` or `Cache-Control` is added, no event is published, and `request.principalIfAny` is `null`. For
 * static files, health checks and endpoints with their own proof. Does not protect against requests from other sites: a route
 * that changes something for the holder of a cookie needs another rule.
 *
 * Cannot be combined: it is not allowed in an {@link allOf} or {@link anyOf}, and the server does not start if another rule
 * covers the same route.
 *
 * @example app.get('/health', { config: { access: noAuthentication } }, async () => 'ok')
 */
export const noAuthentication: AccessRule = Object.freeze({ kind: 'noAuthentication' })

/**
 * Admits everyone, with or without credentials. Credentials that are sent are verified, and invalid ones are refused: an
 * expired token never becomes an anonymous visit.
 *
 * @example app.get('/hello', { config: { access: everyone } }, async ({ principalIfAny }) => principalIfAny?.subject)
 */
export const everyone: AccessRule = Object.freeze({ kind: 'everyone' })

/**
 * Admits every authenticated caller, with any scopes.
 *
 * @example app.get('/me', { config: { access: authenticated } }, async (request) => request.principal.subject)
 */
export const authenticated: AccessRule = Object.freeze({ kind: 'authenticated' })

/**
 * Admits callers whose login is at most `maxAge` seconds old. Use it where a stolen session or token must not be enough. The
 * time of the login is `principal.authenticatedAt`: the `auth_time` of a token, or the sign-in of a session. A credential
 * without that time is not recent, however new it is: `iat` is the time when a token was issued, and a refresh issues a new
 * token without a login. A time more than a minute in the future is not recent either. Does not check how the person logged in.
 *
 * @throws TypeError when `maxAge` is not a whole number of seconds from 1
 * @see [RFC 9470 §3](https://www.rfc-editor.org/rfc/rfc9470#section-3)
 *
 * @example app.post('/pay', { config: { access: allOf('payments', recentLogin({ maxAge: 300 })) } }, pay)
 */
export function recentLogin({ maxAge }: { readonly maxAge: number }): AccessRule {
  if (!isMaxAge(maxAge)) throw new TypeError('recentLogin() takes { maxAge }, a whole number of seconds from 1')
  return Object.freeze({ kind: 'recentLogin', maxAge })
}

/**
 * Makes a rule that requires all of its parts. A string is a scope. A part may also be a rule.
 *
 * @throws TypeError when there are no parts (use `authenticated` or `everyone` instead), for `noAuthentication`, for a part
 * that is neither a scope token nor a rule, or for parts that multiply to more than 64 alternatives
 *
 * @example app.post('/items', { config: { access: allOf('items:write') } }, createItem)
 */
export function allOf(...of: (string | AccessRule)[]): AccessRule {
  return combine('allOf', of)
}

/**
 * Makes a rule that requires at least one of its parts. A string is a scope. A part may also be a rule.
 *
 * @throws TypeError as {@link allOf} does
 *
 * @example app.get('/items', { config: { access: anyOf('admin', 'items:read') } }, listItems)
 */
export function anyOf(...of: (string | AccessRule)[]): AccessRule {
  return combine('anyOf', of)
}

function combine(kind: 'allOf' | 'anyOf', of: (string | AccessRule)[]): AccessRule {
  if (of.length === 0) {
    throw new TypeError(`${kind}() needs at least one scope: write "authenticated" or "everyone" to require none`)
  }
  for (const part of of) {
    if (isAccessRule(part) && part.kind === 'noAuthentication') {
      throw new TypeError(`${kind}() cannot hold noAuthentication: a route has that rule alone, or not at all`)
    }
    if (!isPart(part)) {
      throw new TypeError(`${kind}() takes scope tokens (RFC 6749 §3.3) and rules, each as its own argument`)
    }
  }
  const rule: AccessRule = Object.freeze({ kind, of: Object.freeze([...of]) })
  made.set(rule, Object.freeze(waysOf(rule)))
  return rule
}

// Alternatives of rules that this copy of the package made. Cached, so that a part of many rules is expanded once.
const made = new WeakMap<object, readonly Alternative[]>()

/** Whether a value is a rule, of this or another copy of this package. */
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
 * Returns the alternatives of a rule, in the order in which the rule names them: `anyOf` adds alternatives, `allOf` multiplies
 * them. Enforcement, challenges and documentation all use this form, so they cannot differ.
 *
 * @throws TypeError for more than 64 alternatives, which a rule of {@link allOf} or {@link anyOf} never has
 *
 * @example alternatives(anyOf('a', allOf('b', 'c'))).map(({ scopes }) => scopes) // [['a'], ['b', 'c']]
 */
export function alternatives(rule: AccessRule | string): readonly Alternative[] {
  return (typeof rule === 'object' ? made.get(rule) : undefined) ?? Object.freeze(waysOf(rule))
}

function waysOf(rule: AccessRule | string): Alternative[] {
  if (typeof rule === 'string') return [way({ scopes: [rule] })]
  if (rule.kind === 'noAuthentication' || rule.kind === 'everyone') return [way({ authenticated: false })]
  if (rule.kind === 'authenticated') return [way({})]
  if (rule.kind === 'recentLogin') return [way({ maxAge: rule.maxAge })]
  // By far the most frequent rules: some scopes.
  if (rule.kind === 'allOf' && rule.of.every(isText)) return [way({ scopes: [...new Set(rule.of)] })]
  const parts = rule.of.map(alternatives)
  const isAny = rule.kind === 'anyOf'
  // Counted before the multiplication: 18 choices of two are 262,144 alternatives.
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

// Deeply frozen: errors and events share this object with enforcement.
function way({ authenticated = true, scopes = [], maxAge = null }: Partial<Alternative>): Alternative {
  return Object.freeze({ authenticated, scopes: Object.freeze([...scopes]), maxAge })
}

function isText(part: string | AccessRule): part is string {
  return typeof part === 'string'
}

function isMaxAge(value: unknown): boolean {
  return Number.isSafeInteger(value) && Number(value) > 0
}
