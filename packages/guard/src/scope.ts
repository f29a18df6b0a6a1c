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
 * Returns the scope tokens of a `scope` parameter or claim, or `null` if the text breaks the grammar (a doubled, leading or
 * trailing space, a quote, a control character). The empty string gives the empty set. Does not check whether anyone may use
 * these scopes.
 *
 * @see [RFC 6749 §3.3](https://www.rfc-editor.org/rfc/rfc6749#section-3.3)
 *
 * @example parseScope('items:read items:write') // Set { 'items:read', 'items:write' }
 */
export function parseScope(scope: string): ReadonlySet<string> | null {
  if (scope === '') return new Set()
  return SCOPE.test(scope) ? new Set(scope.split(' ')) : null
}

/**
 * Returns the scope tokens that a request asks for, or `null` if the parameter `scope` breaks the grammar. Extra spaces are
 * ignored: clients that join lists send them. The set is empty if the request names no scope. Does not check whether the client
 * may use these scopes.
 *
 * @param parameter - `undefined` if the request has none
 * @see [RFC 6749 §3.3](https://www.rfc-editor.org/rfc/rfc6749#section-3.3)
 *
 * @example parseRequestedScope('items:read  items:write') // Set { 'items:read', 'items:write' }
 */
export function parseRequestedScope(parameter: string | undefined): ReadonlySet<string> | null {
  const written = parameter?.split(' ').filter((token) => token !== '') ?? []
  return parseScope(written.join(' '))
}

/**
 * Returns the `scope` parameter or claim for a set of scope tokens, in the order of the set.
 *
 * @throws TypeError for a string: its letters would become scopes
 *
 * @example formatScope(new Set(['items:read', 'items:write'])) // 'items:read items:write'
 */
export function formatScope(scopes: Iterable<string>): string {
  return [...scopeTokens(scopes)].join(' ')
}

/** Returns the same scope tokens. @throws TypeError for a string: its letters would become scopes */
export function scopeTokens(scopes: Iterable<string>): Iterable<string> {
  if (typeof scopes === 'string') throw new TypeError('Scopes must be a list or a Set of scope tokens, not a string')
  return scopes
}
