import { formatScope } from '@latchkey/guard/plugin'
import type { Client } from '../clients/client.ts'
import { authenticateConfidentialClient } from '../clients/authentication.ts'
import type { ClientDirectory } from '../clients/directory.ts'
import { introspectionRouteSchema } from './schemas.ts'
import { requiredParameter } from '../required-parameter.ts'
import type { FormRoute } from './form-routes.ts'
import type { FindToken, PresentedToken } from './presented-token.ts'
import type { Revocations } from '../revocations/revocations.ts'

export interface IntrospectionDependencies {
  readonly issuer: string
  readonly clients: ClientDirectory
  readonly find: FindToken
  readonly revocations: Revocations
  readonly subjectIsActive: (subject: string) => Promise<boolean>
}

const INACTIVE = Object.freeze({ active: false })

/**
 * The introspection endpoint. Returns the state of a token to the client that it was issued to and, for an access token, to
 * clients that may introspect its audience. A token that is not active, and a token that the client may not see, get the same
 * answer. Throws a TokenError when the client does not authenticate, or is public.
 *
 * @see [RFC 7662 §2](https://www.rfc-editor.org/rfc/rfc7662#section-2)
 */
export function introspectionRoute(
  url: string,
  { issuer, clients, find, revocations, subjectIsActive }: IntrospectionDependencies
): FormRoute {
  return {
    url,
    schema: introspectionRouteSchema,
    async answer(request, { parameters }) {
      const client = await authenticateConfidentialClient(request, parameters, clients)
      const found = await find(requiredParameter('token', parameters), 0)
      if (found === null || !maySee(client, found)) return INACTIVE
      if (found.kind === 'access') {
        const { claims } = found
        if (revocations.isRevoked(claims) || !(await subjectIsActive(claims.sub))) return INACTIVE
        return { ...claims, active: true, token_type: 'Bearer' }
      }
      const { usedAt, clientId, subject: sub, scopes, expiresAt: exp } = found.stored
      if (usedAt !== null || !(await subjectIsActive(sub))) return INACTIVE
      return { active: true, iss: issuer, sub, client_id: clientId, scope: formatScope(scopes), exp }
    }
  }
}

function maySee({ clientId, introspects = [] }: Client, found: PresentedToken): boolean {
  if (found.clientId === clientId) return true
  return found.kind === 'access' && [found.claims.aud].flat().some((audience) => introspects.includes(audience))
}
