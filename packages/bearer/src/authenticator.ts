import type { Authenticator, SecurityScheme } from '@latchkey/guard'
import type { Verification, VerifiedToken } from './access-token.ts'
import { authorizationServers } from './authorization-servers.ts'
import { bearerToken, soleCredentials } from './credentials.ts'
import { mustBeUnbound } from './dpop/binding.ts'
import type { Introspection } from './introspection.ts'
import type { TokenMemory } from './token-memory.ts'
import { verifiedTokens } from './verified-tokens.ts'

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
  const tokens = verifiedTokens(verification, memory, mustBeUnbound)
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
      const remembered = tokens.recall(credentials)
      if (remembered !== null) return remembered
      const token = bearerToken(credentials)
      if (token === null) return null
      return opaque?.introspect(token, mustBeUnbound) ?? tokens.verify(credentials, token)
    }
  } satisfies Authenticator)
}
