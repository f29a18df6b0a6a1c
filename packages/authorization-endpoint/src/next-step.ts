import type { Principal } from '@latchkey/guard'
import type { Client } from '@latchkey/token-endpoint'
import type { Consents } from './consent/consents.ts'
import { AuthorizationError } from './errors.ts'
import { hostOf } from './request/redirect-uri.ts'
import type { AuthorizationRequest } from './request/request-checks.ts'
import { sessionHash, type WaitingRequest } from './request/waiting.ts'
import type { CurrentSession, User } from './session.ts'

/** The next step of a request. */
export type Step =
  /** The user must log in, or log in again. */
  | { readonly kind: 'login'; readonly prompt: 'login' | 'select_account' | null }
  /** The user must decide about these scopes. */
  | {
      readonly kind: 'consent'
      readonly asked: readonly string[]
      readonly scopes: readonly string[]
      readonly user: User
    }
  /** The client gets a code for these scopes. */
  | { readonly kind: 'grant'; readonly scopes: readonly string[]; readonly user: User }

export interface NextStepDependencies {
  readonly consents: Consents
  readonly grantableScopes: (principal: Principal, client: Client) => Promise<ReadonlySet<string>>
  /** The time in seconds since the epoch. */
  readonly seconds: () => number
}

/**
 * Decides the next step of a request: to log in, to ask the user, or to grant.
 *
 * @param user - the user whose session the browser has; `null` for none
 * @throws AuthorizationError for the client
 * @see [OpenID Connect Core 1.0 §3.1.2.3](https://openid.net/specs/openid-connect-core-1_0.html#Authenticates)
 */
export async function nextStep(
  { request, sessionBefore }: Pick<WaitingRequest, 'request' | 'sessionBefore'>,
  client: Client,
  user: User | null,
  dependencies: NextStepDependencies
): Promise<Step> {
  const { prompt } = request
  const isSilent = prompt.includes('none')
  if (user === null) {
    if (isSilent) throw new AuthorizationError('login_required', 'The user is not logged in')
    return { kind: 'login', prompt: prompt.includes('select_account') ? 'select_account' : null }
  }
  const again = loginAgain(request, sessionBefore, user.session, dependencies.seconds())
  if (again !== null) {
    if (isSilent) throw new AuthorizationError('login_required', 'The user must log in again')
    return { kind: 'login', prompt: again }
  }
  const { scopes, asked } = await scopesFor(request, client, user, dependencies)
  if (asked === null) return { kind: 'grant', scopes, user }
  if (isSilent) throw new AuthorizationError('consent_required', 'The user has not allowed this yet')
  return { kind: 'consent', asked, scopes, user }
}

/** The members of a request that decide about its scopes. */
export interface ScopeRequest extends Pick<AuthorizationRequest, 'prompt' | 'scopes' | 'resources'> {
  /** `null` for a device: its user is asked in any case. */
  readonly redirectUri: string | null
}

/**
 * Returns the scopes that the client can get from a user, and those to ask the user about: `null` if there is nothing to ask.
 *
 * @throws AuthorizationError `invalid_scope` when scopes were asked for and none is left
 */
export async function scopesFor(
  request: ScopeRequest,
  client: Client,
  { session, principal }: User,
  { consents, grantableScopes }: Pick<NextStepDependencies, 'consents' | 'grantableScopes'>
): Promise<{ readonly scopes: readonly string[]; readonly asked: readonly string[] | null }> {
  const scopes = grantedScopes(request, client, await grantableScopes(principal, client))
  return { scopes, asked: await askedScopes(request, client, session.subject, scopes, consents) }
}

/** Returns how the user must log in again, or `null` if the login is good enough. */
function loginAgain(
  { prompt, maxAge }: AuthorizationRequest,
  sessionBefore: string | null,
  { id, authenticatedAt }: CurrentSession,
  now: number
): 'login' | 'select_account' | null {
  const isNew = sessionHash(id) !== sessionBefore
  const isOld = maxAge !== null && !(authenticatedAt !== null && now - authenticatedAt <= maxAge)
  if (isNew) {
    // Another login would not help: the login does not prove its time.
    if (isOld && maxAge > 0)
      throw new AuthorizationError('login_required', 'The time of the login is not known, or too long ago')
    return null
  }
  if (prompt.includes('select_account')) return 'select_account'
  return isOld || prompt.includes('login') ? 'login' : null
}

/**
 * The scopes that the client can get: those it asks for, or else its default scopes, if it and the user may have them.
 *
 * @throws AuthorizationError `invalid_scope` when scopes were asked for and none is left
 * @see [RFC 6749 §3.3](https://www.rfc-editor.org/rfc/rfc6749#section-3.3)
 */
function grantedScopes(request: ScopeRequest, client: Client, grantable: ReadonlySet<string>): readonly string[] {
  const wanted = request.scopes ?? client.defaultScopes ?? []
  const scopes = wanted.filter((scope) => grantable.has(scope) && (client.scopes?.includes(scope) ?? true))
  if (request.scopes !== null && scopes.length === 0) {
    throw new AuthorizationError('invalid_scope', 'None of the requested scopes can be granted')
  }
  return scopes
}

/** Returns the scopes to ask the user about; `null` if there is nothing to ask. */
async function askedScopes(
  { prompt, resources, redirectUri }: ScopeRequest,
  client: Client,
  subject: string,
  scopes: readonly string[],
  consents: Consents
): Promise<readonly string[] | null> {
  if (prompt.includes('consent')) return scopes
  if (client.isFirstParty === true) return null
  if (!isProven(redirectUri)) return scopes
  const missing = await consents.missing({ subject, clientId: client.clientId, resources, scopes })
  if (missing === null) return scopes
  return missing.length === 0 ? null : missing
}

/** Whether a user was asked about the same scopes, so that the answer counts. */
export function sameScopes(asked: readonly string[], now: readonly string[]): boolean {
  return asked.length === now.length && now.every((scope) => asked.includes(scope))
}

/**
 * Whether no other app can be the client, because its redirect URI belongs to it. On the user's device every app can listen on a
 * loopback port, or register a scheme. A secret proves nothing there: each user of an app can read it. "Unless the identity of
 * the client can be proven, the request SHOULD be processed as if no previous request had been approved."
 *
 * @see [RFC 8252 §8.5](https://www.rfc-editor.org/rfc/rfc8252#section-8.5), [§8.6](https://www.rfc-editor.org/rfc/rfc8252#section-8.6), [RFC 6749 §10.2](https://www.rfc-editor.org/rfc/rfc6749#section-10.2)
 */
function isProven(redirectUri: string | null): boolean {
  return redirectUri === null || hostOf(redirectUri) !== null
}
