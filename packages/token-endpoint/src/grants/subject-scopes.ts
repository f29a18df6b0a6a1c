import { withTimeout } from '@latchkey/promises'
import { isClientSubject } from '../clients/subject.ts'
import { TokenError } from '../errors.ts'

/**
 * Returns the scopes that a user may have now; `null` for a user that may have no tokens any more. Throw guard's
 * `UnavailableError`, or any other error, when this cannot be found out now: the client gets 503 and may try again.
 */
export type SubjectScopes = (
  subject: string,
  context: { readonly clientId: string }
) => Iterable<string> | null | Promise<Iterable<string> | null>

/** `null`: the user may have no tokens. `undefined`: every scope is possible. */
export type ScopesNow = (subject: string, clientId: string) => Promise<ReadonlySet<string> | null | undefined>

/** How long an answer of the application may take, in milliseconds. */
const PATIENCE = 5_000

/** Wraps the option `subjectScopes`. Without it, and for clients that act for themselves, every scope is possible. */
export function subjectScopes(given: SubjectScopes | undefined): ScopesNow {
  return async (subject, clientId) => {
    if (given === undefined || isClientSubject(subject)) return undefined
    try {
      const answer = await withTimeout(PATIENCE, async () => given(subject, { clientId }), late)
      if (answer === null) return null
      // `undefined` would make an empty set.
      if (typeof answer !== 'object')
        throw new TypeError('subjectScopes must return a list or a Set of scopes, or null')
      return new Set(answer)
    } catch (cause) {
      throw new TokenError('temporarily_unavailable', 'The scopes of the user are not known at the moment', { cause })
    }
  }
}

function late(): Error {
  return new Error('subjectScopes did not answer in 5 seconds')
}
