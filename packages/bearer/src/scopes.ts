import { type Authentication, isScopeToken, parseScope, scopeTokens } from '@latchkey/guard'
import { disregard } from './disregard.ts'
import { notValid } from './refusal.ts'

type Claims = Authentication['claims']

/**
 * The scopes of a token: its `scope`, or else its `scp`, which some issuers write instead, as a string or a list. A token
 * without either carries none: it never stands for all that its subject may do.
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

/** Reads scopes with a function of the application, which knows the names of roles and the like: not all can be scopes. */
export function mappedScopes(map: (claims: Claims) => Iterable<string>): (claims: Claims) => ReadonlySet<string> {
  return (claims) => {
    const mapped = map(claims)
    disregard(mapped)
    return new Set([...scopeTokens(mapped)].filter(isScopeToken))
  }
}
