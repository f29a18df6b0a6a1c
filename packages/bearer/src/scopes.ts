import type { Authentication } from '@latchkey/guard'
import { isScopeToken, parseScope, scopeTokens } from '@latchkey/guard/plugin'
import { disregard } from './disregard.ts'
import { notValid } from './refusal.ts'

type Claims = Authentication['claims']

/**
 * Returns the scopes of a token: its `scope`, or if there is none its `scp`, which some issuers use instead, as a string or a
 * list. A token without both has no scopes. It does not get all permissions of its subject.
 *
 * @throws InvalidTokenError
 * @see [RFC 9068 §2.2.3](https://www.rfc-editor.org/rfc/rfc9068#section-2.2.3)
 */
export function readScopes({ scope, scp }: Claims): ReadonlySet<string> {
  const hasNoScope = (scope ?? undefined) === undefined
  if (hasNoScope && Array.isArray(scp) && scp.every(isScopeToken)) return new Set(scp)
  const [name, value] = hasNoScope ? ['scp', scp ?? ''] : ['scope', scope]
  const scopes = typeof value === 'string' ? parseScope(value) : null
  if (scopes === null) throw notValid(`${name} is not a string of scope tokens`)
  return scopes
}

/** Reads scopes with a function of the application. Ignores values that are not scope tokens, such as names of roles. */
export function mappedScopes(map: (claims: Claims) => Iterable<string>): (claims: Claims) => ReadonlySet<string> {
  return (claims) => {
    const mapped = map(claims)
    disregard(mapped)
    return new Set([...scopeTokens(mapped)].filter(isScopeToken))
  }
}
