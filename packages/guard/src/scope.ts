const SCOPE_TOKEN = /^[\x21\x23-\x5B\x5D-\x7E]+$/
const SCOPE = /^[\x21\x23-\x5B\x5D-\x7E]+(?: [\x21\x23-\x5B\x5D-\x7E]+)*$/

/**
 * Whether a value is one scope token: printable ASCII without space, quote or backslash.
 *
 * @see [RFC 6749 §3.3](https://www.rfc-editor.org/rfc/rfc6749#section-3.3)
 */
export function isScopeToken(value: unknown): value is string {
  return typeof value === 'string' && SCOPE_TOKEN.test(value)
}

/**
 * The scope tokens of a `scope` parameter or claim, or `null` when the text breaks the grammar
 * (a doubled, leading or trailing space, a quote, a control character). The empty string is no scope at all.
 * Does not say whether anybody may have these scopes.
 *
 * @see [RFC 6749 §3.3](https://www.rfc-editor.org/rfc/rfc6749#section-3.3)
 */
export function parseScope(scope: string): ReadonlySet<string> | null {
  if (scope === '') return new Set()
  return SCOPE.test(scope) ? new Set(scope.split(' ')) : null
}

/**
 * The `scope` parameter or claim for a set of scope tokens, in the order in which they were added.
 *
 * @throws TypeError for a string, which is iterable too, letter by letter
 */
export function formatScope(scopes: Iterable<string>): string {
  return [...scopeTokens(scopes)].join(' ')
}

/** The same scope tokens. @throws TypeError for a string: each of its letters would be a scope that nobody meant */
export function scopeTokens(scopes: Iterable<string>): Iterable<string> {
  if (typeof scopes === 'string') throw new TypeError('Scopes must be a list or a Set of scope tokens, not a string')
  return scopes
}
