import type { Authentication } from '@latchkey/guard'

type Claims = Authentication['claims']

/**
 * Reads roles from a claim. Ignores values that are not texts. A token without the claim has no role.
 *
 * @see [RFC 9068 §2.2.3.1](https://www.rfc-editor.org/rfc/rfc9068#section-2.2.3.1)
 */
export function rolesIn(claim: string): (claims: Claims) => readonly string[] {
  return (claims) => {
    const value = Object.hasOwn(claims, claim) ? claims[claim] : []
    return Object.freeze([value].flat().filter((role) => typeof role === 'string'))
  }
}
