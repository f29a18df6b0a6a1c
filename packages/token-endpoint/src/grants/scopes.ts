import { parseRequestedScope, scopeTokens } from '@latchkey/guard/plugin'
import type { Client } from '../clients/client.ts'
import { TokenError } from '../errors.ts'
import type { Granted } from './grant.ts'

/**
 * The scopes that a request asks for, or `null` when it names none.
 *
 * @throws TokenError `invalid_scope` when the parameter breaks the grammar
 * @see [RFC 6749 §3.3](https://www.rfc-editor.org/rfc/rfc6749#section-3.3)
 */
export function requestedScopes(parameters: ReadonlyMap<string, string>): ReadonlySet<string> | null {
  const scopes = parseRequestedScope(parameters.get('scope'))
  if (scopes === null) throw new TokenError('invalid_scope', 'The scope is malformed')
  return scopes.size === 0 ? null : scopes
}

/**
 * The granted scopes: the requested scopes, or else the default scopes, reduced to those that both the client and the grant
 * allow.
 *
 * @throws TokenError `invalid_scope` when scopes were requested and none is left
 */
export function grantedScopes(
  requested: ReadonlySet<string> | null,
  client: Client,
  granted: Granted
): ReadonlySet<string> {
  const allowed = new Set(scopeTokens(granted.scopes))
  const wanted = requested ?? granted.defaultScopes ?? client.defaultScopes ?? []
  const scopes = [...scopeTokens(wanted)].filter(
    (scope) => allowed.has(scope) && (client.scopes?.includes(scope) ?? true)
  )
  if (requested !== null && scopes.length === 0) {
    throw new TokenError('invalid_scope', 'None of the requested scopes can be granted')
  }
  return new Set(scopes)
}
