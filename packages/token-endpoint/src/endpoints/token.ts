import { randomBytes } from 'node:crypto'
import { correlationId } from '@latchkey/guard'
import { formatScope, scopeTokens, tell } from '@latchkey/guard/plugin'
import type { FastifyBaseLogger, FastifyRequest } from 'fastify'
import type { AddedClaims } from '../tokens/added-claims.ts'
import type { IssueAccessToken } from '../tokens/access-tokens.ts'
import type { Client } from '../clients/client.ts'
import { authenticateClient } from '../clients/authentication.ts'
import type { ClientDirectory } from '../clients/directory.ts'
import { tokenRouteSchema } from './schemas.ts'
import { TokenError } from '../errors.ts'
import { type RevocationEvent, revocationChannel, type TokenEvent, type TokensIssued, tokenChannel } from '../events.ts'
import { requiredParameter } from '../required-parameter.ts'
import type { Form } from './form.ts'
import type { FormRoute } from './form-routes.ts'
import type { Grant, Granted } from '../grants/grant.ts'
import type { RefreshTokens } from '../tokens/refresh-token-records.ts'
import { grantedResources, requestedResources } from '../grants/resources.ts'
import type { Revocations } from '../revocations/revocations.ts'
import { grantedScopes, requestedScopes } from '../grants/scopes.ts'
import type { ScopesNow } from '../grants/subject-scopes.ts'

/**
 * A successful answer.
 *
 * @see [RFC 6749 §5.1](https://www.rfc-editor.org/rfc/rfc6749#section-5.1)
 */
export interface TokenResponse {
  readonly access_token: string
  readonly token_type: 'Bearer'
  /** Seconds. */
  readonly expires_in: number
  readonly refresh_token?: string
  /** Missing when no scope is granted. */
  readonly scope?: string
}

/** How many seconds ahead the `iat` of a token may be, because its subject was revoked just before. */
const FARTHEST_AHEAD = 5

export interface TokenRequestDependencies {
  readonly clients: ClientDirectory
  readonly grants: ReadonlyMap<string, Grant>
  readonly issue: IssueAccessToken
  readonly addedClaims: AddedClaims
  /** The possible resources of access tokens, the default first. */
  readonly resources: readonly string[]
  readonly accessTokenLifetime: number
  readonly refreshTokens: RefreshTokens
  readonly revocations: Revocations
  readonly scopesNow: ScopesNow
}

/** The token endpoint. */
export function tokenRoute(url: string, dependencies: TokenRequestDependencies): FormRoute {
  return {
    url,
    schema: tokenRouteSchema,
    answer: async (request, form) => answerTokenRequest(request, form, dependencies)
  }
}

/**
 * Answers one token request. Everything that can be refused is checked, and the access token is signed, before anything is
 * stored or consumed. If the subject is revoked during a sign-in, the sign-in is undone.
 *
 * @throws TokenError with the client's mistake
 * @see [RFC 6749 §3.2](https://www.rfc-editor.org/rfc/rfc6749#section-3.2)
 */
async function answerTokenRequest(
  request: FastifyRequest,
  form: Form,
  dependencies: TokenRequestDependencies
): Promise<TokenResponse> {
  const { clients, grants, issue, resources: all, accessTokenLifetime, refreshTokens, revocations } = dependencies
  const { parameters } = form
  const grantType = requiredParameter('grant_type', parameters)
  const client = await authenticateClient(request, parameters, clients)
  const grant = grantFor(grantType, client, grants)
  const requested = requestedScopes(parameters)
  const named = requestedResources(form.resources)
  const begin = revocations.mark()
  const handled = await grant.handle({ parameters, client, request })
  const granted = await limited(handled, client, request.log, dependencies)
  const scopes = [...grantedScopes(requested, client, granted)]
  const resources = grantedResources(named, all, client, granted)

  const { subject } = granted
  const authenticatedAt = timeOf(granted)
  const { clientId } = client
  const signsIn = granted.family === undefined
  const mayRefresh = !signsIn || client.grantTypes.includes('refresh_token')
  const refreshable = authenticatedAt !== null && mayRefresh
  requireNotJustRevoked(subject, signsIn, revocations)
  const familyId = granted.family?.id ?? granted.familyId ?? randomBytes(16).toString('base64url')
  const claims = await dependencies.addedClaims({ subject, clientId, scopes, grantType }, granted.claims)
  const accessToken = await issue(
    {
      subject,
      clientId,
      scopes,
      resources,
      claims,
      ...(authenticatedAt !== null && { authenticatedAt }),
      ...((refreshable || granted.familyId !== undefined) && { familyId })
    },
    signsIn ? revocations.revokedAt(subject) : 0
  )
  await handled.consume?.()
  // "Refresh tokens MUST be bound to the scope and resource servers as consented by the resource owner" (RFC 9700 §4.14.2).
  const family = { familyId, clientId, subject, scopes, resources: named ?? granted.resources ?? [] }
  const refreshToken = refreshable
    ? await (granted.family?.rotate() ?? refreshTokens.start({ ...family, authenticatedAt }))
    : undefined
  const whose = { family: correlationId(familyId), clientId, subject }
  const { log } = request
  const overtaken = signsIn ? await revocations.revokedSince(begin, { subject, familyId }) : null
  if (overtaken !== null) {
    await revocations.revokeFamily(familyId)
    throw undone(overtaken, whose, log)
  }

  const issued = { kind: 'issued', grantType: grant.grantType, ...whose } satisfies TokenEvent
  tell(tokenChannel, issued, { log, message: 'Tokens were issued' })

  return {
    access_token: accessToken,
    token_type: 'Bearer',
    expires_in: accessTokenLifetime,
    ...(refreshToken !== undefined && { refresh_token: refreshToken }),
    ...(scopes.length > 0 && { scope: formatScope(scopes) })
  }
}

/**
 * Returns when the user of a grant authenticated, in whole seconds: stores keep no parts of them.
 *
 * @throws TypeError for a value that is no time
 */
function timeOf({ authenticatedAt: time }: Granted): number | null {
  if (time === null) return null
  if (Number.isFinite(time)) return Math.floor(time)
  throw new TypeError('The authenticatedAt of a grant must be a time in seconds, or null')
}

/**
 * Reduces a grant to the scopes that its subject may have now. A subject that may have no tokens any more loses its sign-in.
 *
 * @throws TokenError `invalid_grant` for such a subject
 */
async function limited(
  granted: Granted,
  { clientId }: Client,
  log: FastifyBaseLogger,
  { scopesNow, revocations }: TokenRequestDependencies
): Promise<Granted> {
  const { subject, scopes, family } = granted
  const now = await scopesNow(subject, clientId)
  if (now === undefined) return granted
  if (now !== null) return { ...granted, scopes: [...scopeTokens(scopes)].filter((scope) => now.has(scope)) }
  if (family !== undefined) {
    await revocations.revokeFamily(family.id)
    const whose = { family: correlationId(family.id), clientId, subject }
    const event = { kind: 'family', ...whose, reason: 'subject-refused' } satisfies RevocationEvent
    tell(revocationChannel, event, { log, message: 'A sign-in was ended: its subject may have no tokens any more' })
  }
  throw new TokenError('invalid_grant', 'The user may have no tokens')
}

/**
 * Refuses tokens that a revocation of the last moment would cover.
 *
 * @throws TokenError that asks the client to retry
 */
function requireNotJustRevoked(subject: string, signsIn: boolean, revocations: Revocations): void {
  // A refreshed token is stamped now, so it would still fall under a revocation of this second.
  const wait = revocations.secondsUntilNow(subject) - (signsIn ? FARTHEST_AHEAD : 0)
  if (wait > 0) throw soon('The user was signed out a moment ago', wait)
}

/** The subject may have been revoked because of the very credential that the sign-in used, such as an old password. */
function undone(
  overtaken: 'subject' | 'family',
  whose: Pick<TokensIssued, 'family' | 'clientId' | 'subject'>,
  log: FastifyBaseLogger
): TokenError {
  const event = { kind: 'family', ...whose, reason: 'overtaken' } satisfies RevocationEvent
  tell(revocationChannel, event, { log, message: `A sign-in was undone: its ${overtaken} was revoked meanwhile` })
  if (overtaken === 'family') return new TokenError('invalid_grant', 'The grant was revoked meanwhile')
  return soon('The user was signed out meanwhile', 1)
}

function soon(description: string, retryAfter: number): TokenError {
  return new TokenError('temporarily_unavailable', description, { statusCode: 503, retryAfter })
}

function grantFor(grantType: string, client: Client, grants: ReadonlyMap<string, Grant>): Grant {
  const grant = grants.get(grantType)
  if (grant === undefined) throw new TokenError('unsupported_grant_type', 'The grant type is not supported')
  if (client.grantTypes.includes(grantType)) return grant
  throw new TokenError('unauthorized_client', 'The client may not use this grant type')
}
