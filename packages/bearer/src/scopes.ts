import type { Authentication } from '@latchkey/guard'
import { isScopeToken, parseScope, readonlyScopes, scopeTokens } from '@latchkey/guard/plugin'
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
  const scopes = typeof value === 'string' ? parsed(value) : null
  if (scopes === null) throw notValid(`${name} is not a string of scope tokens`)
  return scopes
}

/** As {@link readScopes}, but `null` for a token without both: it carries all that its roles give. */
export function readScopesIfAny(claims: Claims): ReadonlySet<string> | null {
  const hasNone = (claims['scope'] ?? undefined) === undefined && (claims['scp'] ?? undefined) === undefined
  return hasNone ? null : readScopes(claims)
}

/** The tokens of a server have few different scopes. The guard does further work once for each immutable set. */
const MOST_REMEMBERED = 256
const remembered = new Map<string, ReadonlySet<string>>()

function parsed(scope: string): ReadonlySet<string> | null {
  const known = remembered.get(scope)
  if (known !== undefined) return known
  const scopes = parseScope(scope)
  if (scopes === null) return null
  const shared = readonlyScopes(scopes)
  if (remembered.size === MOST_REMEMBERED) remembered.clear()
  remembered.set(scope, shared)
  return shared
}

/** Reads scopes with a function of the application. Ignores values that are not scope tokens, such as names of roles. */
export function mappedScopes(map: (claims: Claims) => Iterable<string>): (claims: Claims) => ReadonlySet<string> {
  return (claims) => {
    const mapped = map(claims)
    disregard(mapped)
    return new Set([...scopeTokens(mapped)].filter(isScopeToken))
  }
}
