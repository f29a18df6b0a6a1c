import { correlationId } from '@latchkey/guard'
import { tell } from '@latchkey/guard/plugin'
import { authenticateClient } from '../clients/authentication.ts'
import type { ClientDirectory } from '../clients/directory.ts'
import { revocationRouteSchema } from './schemas.ts'
import { TokenError } from '../errors.ts'
import { type RevocationEvent, revocationChannel } from '../events.ts'
import { requiredParameter } from '../required-parameter.ts'
import type { FormRoute } from './form-routes.ts'
import type { FindToken, PresentedToken } from './presented-token.ts'
import type { Revocations } from '../revocations/revocations.ts'

export interface RevocationDependencies {
  readonly clients: ClientDirectory
  readonly find: FindToken
  readonly revocations: Revocations
}

// A verifier may accept a token for a minute after it expired.
const LONGEST_TOLERANCE = 60

/**
 * The revocation endpoint. Revokes the token that a client presents: an access token by itself, a refresh token with all tokens
 * of the same sign-in. For a token that is unknown, expired or malformed, there is nothing to do. Throws a TokenError when the
 * client does not authenticate, or the token was issued to another client.
 *
 * @see [RFC 7009 §2](https://www.rfc-editor.org/rfc/rfc7009#section-2)
 */
export function revocationRoute(url: string, { clients, find, revocations }: RevocationDependencies): FormRoute {
  return {
    url,
    schema: revocationRouteSchema,
    async answer(request, { parameters }) {
      const client = await authenticateClient(request, parameters, clients)
      const found = await find(requiredParameter('token', parameters), LONGEST_TOLERANCE)
      if (found === null) return undefined
      if (found.clientId !== client.clientId) {
        throw new TokenError('invalid_grant', 'The token was issued to another client')
      }
      if (found.kind === 'access') await revocations.revokeToken(found.claims)
      else await revocations.revokeFamily(found.stored.familyId)
      tell(revocationChannel, eventOf(found, client.clientId), {
        log: request.log,
        message: 'A client revoked a token'
      })
      return undefined
    }
  }
}

function eventOf(found: PresentedToken, clientId: string): RevocationEvent {
  if (found.kind === 'access') {
    const { jti, sub: subject } = found.claims
    return { kind: 'token', token: correlationId(jti), clientId, subject }
  }
  const { familyId, subject } = found.stored
  return { kind: 'family', family: correlationId(familyId), clientId, subject, reason: 'requested' }
}
