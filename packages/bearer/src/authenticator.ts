import type { Authentication, Authenticator, SecurityScheme } from '@latchkey/guard'
import { checkRevocation, type Verification, type VerifiedToken, verifyAccessToken } from './access-token.ts'
import { authorizationServers } from './authorization-servers.ts'
import { bearerToken, soleCredentials } from './credentials.ts'
import { mustBeUnbound } from './dpop/binding.ts'
import type { Introspection } from './introspection.ts'
import type { TokenMemory } from './token-memory.ts'

const bearerAuth: SecurityScheme = {
  type: 'http',
  scheme: 'bearer',
  bearerFormat: 'JWT',
  description: 'A JWT access token in the Authorization header.'
}

const opaqueBearerAuth: SecurityScheme = {
  type: 'http',
  scheme: 'bearer',
  description: 'An access token in the Authorization header.'
}

/**
 * Honours tokens that are not bound to a key. Without a promise where the token is remembered: one for every request is
 * what would cost most.
 */
export function bearerAuthenticator(
  verification: Verification,
  memory: TokenMemory<VerifiedToken>,
  opaque: Introspection | null
): Authenticator {
  return Object.freeze({
    scheme: 'bearer',
    challenge: 'Bearer',
    ambient: false,
    header: 'Authorization',
    securitySchemes: { bearerAuth: opaque === null ? bearerAuth : opaqueBearerAuth },
    resourceMetadata: { authorization_servers: authorizationServers(verification) },
    authenticate(request) {
      const credentials = soleCredentials(request)
      if (credentials === null) return null
      const remembered = memory.recall(credentials)
      if (remembered !== null) return honour(remembered)
      const token = bearerToken(credentials)
      if (token === null) return null
      return opaque?.introspect(token, mustBeUnbound) ?? verify(credentials, token)
    }
  } satisfies Authenticator)

  async function verify(credentials: string, token: string): Promise<Authentication> {
    memory.miss()
    const verified = await verifyAccessToken(token, verification, mustBeUnbound)
    memory.remember(credentials, verified)
    return honour(verified)
  }

  function honour(verified: VerifiedToken): Authentication {
    checkRevocation(verified)
    return verified.authentication
  }
}
