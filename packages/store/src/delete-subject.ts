import type { Store } from './store.ts'

/** The longest lifetime of an access token that `@latchkey/token-endpoint` allows, in seconds. */
const LONGEST_TOKEN_LIFETIME = 86_400
// The clocks of two processes may differ by a second.
const SKEW = 1
// Verifiers accept a token for up to a minute after it expired, and a request under way may still issue one.
const MARGIN = 120

/** The contracts that have data of a subject. */
export type SubjectStores = Pick<
  Store,
  'accounts' | 'clock' | 'records' | 'refreshTokens' | 'revocations' | 'sessions' | 'upstreamTokens'
>

/**
 * Deletes all data of a subject from a store: the account with its identities and its password hash, sessions, refresh tokens,
 * records of every kind that the subject owns, and providers' tokens. Issued access tokens stop to work: the subject is revoked
 * first, and again at the end for tokens that were issued meanwhile.
 *
 * Each step can be repeated. If one rejects, or the process ends, call the function again with the same subject. A subject
 * without data is not an error.
 *
 * Does not reach:
 * - revocations: they contain the subject, and stay until the last revoked token has expired, a day and two minutes later.
 *   Without them, issued access tokens would work again
 * - records without an owner, such as login requests that wait for an answer. They expire
 * - throttle counts: their keys are hashes of usernames and addresses. They end with their windows
 * - the tables and the logs of the application, and backups
 * - the memory of other processes, until they have read the revocation, and principals that they have already checked
 * - cookies and tokens that a client holds. They are refused, because their session or their family is gone
 * - a login that began before: it may store a session or refresh tokens after the call. Call the function again a minute later
 *   if that matters
 *
 * @param subject - the identifier of the account, or the subject of an application without accounts in the store
 * @throws TypeError when the subject is no text
 * @throws the errors of the store
 * @example
 * ```ts
 * await deleteSubject(store, request.principal.subject)
 * ```
 * @see [GDPR, Article 17](https://eur-lex.europa.eu/eli/reg/2016/679/oj)
 */
export async function deleteSubject(store: SubjectStores, subject: string): Promise<void> {
  if (typeof subject !== 'string' || subject === '') throw new TypeError('The subject to delete must be a text')
  const { accounts, records, refreshTokens, sessions, upstreamTokens } = store
  await revoke(store, subject)
  // Without its account, the subject cannot log in again while the rest is deleted.
  await accounts.remove(subject)
  await refreshTokens.revokeSubject(subject)
  await sessions.endSubject(subject)
  await records.removeAllOwned(subject)
  await upstreamTokens.removeAll(subject)
  await revoke(store, subject)
}

async function revoke({ clock, revocations }: SubjectStores, subject: string): Promise<void> {
  // With a wrong time, the revocation would miss issued tokens.
  await clock.read()
  const revokedAt = Math.floor(clock.now() / 1000) + SKEW
  const expiresAt = revokedAt + LONGEST_TOKEN_LIFETIME + MARGIN
  await revocations.revoke({ kind: 'subject', id: subject, revokedAt, expiresAt })
}
