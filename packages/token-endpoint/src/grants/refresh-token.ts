import { correlationId } from '@latchkey/guard'
import { tell } from '@latchkey/guard/plugin'
import type { FastifyRequest } from 'fastify'
import type { StoredRefreshToken } from '@latchkey/store'
import { TokenError } from '../errors.ts'
import { type RevocationEvent, revocationChannel, type TokenEvent, tokenChannel } from '../events.ts'
import type { Grant, Granted, TokenRequest } from './grant.ts'
import type { RefreshTokens } from '../tokens/refresh-token-records.ts'
import type { Revocations } from '../revocations/revocations.ts'
import { requiredParameter } from '../required-parameter.ts'
import { requestedScopes } from './scopes.ts'

export interface RefreshGrantDependencies {
  readonly refreshTokens: RefreshTokens
  readonly revocations: Revocations
  readonly subjectIsActive: (subject: string) => Promise<boolean>
}

/**
 * The `refresh_token` grant. Every use returns a new refresh token. A used token that is presented again ends its whole family
 * and the family's access tokens. Within the grace period it returns the same successor instead, while that successor is
 * unused. A subject that is not active is refused; its family is not changed.
 *
 * @see [RFC 6749 §6](https://www.rfc-editor.org/rfc/rfc6749#section-6), [RFC 9700 §4.14.2](https://www.rfc-editor.org/rfc/rfc9700#section-4.14.2)
 */
export function refreshGrant({ refreshTokens, revocations, subjectIsActive }: RefreshGrantDependencies): Grant {
  return { grantType: 'refresh_token', handle }

  async function handle({ parameters, client, request }: TokenRequest): Promise<Granted> {
    const token = requiredParameter('refresh_token', parameters)
    const stored = await refreshTokens.find(token)
    if (stored?.clientId !== client.clientId) throw refused()
    const repeated = stored.usedAt === null ? null : await repeat(token, stored, request)
    if (!(await subjectIsActive(stored.subject))) throw refused()
    requireNoWider(requestedScopes(parameters), stored.scopes)
    return {
      subject: stored.subject,
      scopes: stored.scopes,
      defaultScopes: stored.scopes,
      resources: stored.resources,
      authenticatedAt: stored.authenticatedAt,
      family: { id: stored.familyId, rotate: async () => repeated ?? rotate(token, stored, request) }
    }
  }

  async function rotate(token: string, stored: StoredRefreshToken, request: FastifyRequest): Promise<string> {
    const successor = await refreshTokens.rotate(token, stored)
    if (successor !== null) return successor
    const changed = await refreshTokens.find(token)
    if (changed === null) throw refused()
    return repeat(token, changed, request)
  }

  async function repeat(token: string, used: StoredRefreshToken, request: FastifyRequest): Promise<string> {
    const successor = await refreshTokens.repeat(token, used)
    if (successor !== null) return successor
    const { clientId, subject } = used
    const whose = { family: correlationId(used.familyId), clientId, subject }
    const { log } = request
    // Published before the store is called: if the store is down, the event is not lost, and the client will retry.
    const reused = { kind: 'reused', ...whose } satisfies TokenEvent
    tell(tokenChannel, reused, { log, level: 'warn', message: 'A used refresh token was presented' })
    await revocations.revokeFamily(used.familyId)
    const revoked = { kind: 'family', ...whose, reason: 'reuse' } satisfies RevocationEvent
    tell(revocationChannel, revoked, { log, message: 'The family of a used refresh token was revoked' })
    throw refused()
  }
}

function requireNoWider(requested: ReadonlySet<string> | null, scopes: readonly string[]): void {
  for (const scope of requested ?? []) {
    if (!scopes.includes(scope)) throw new TokenError('invalid_scope', 'A refresh cannot widen the scope')
  }
}

function refused(): TokenError {
  return new TokenError('invalid_grant', 'The refresh token is unknown, used, revoked or expired')
}
