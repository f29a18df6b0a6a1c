import type { Authenticator } from '@latchkey/guard'
import type { Verification, VerifiedToken } from './access-token/verify.ts'
import { authorizationServers } from './authorization-servers.ts'
import { bearerToken, refuseDpopScheme, soleCredentials } from './credentials.ts'
import { mustBeUnbound } from './dpop/binding.ts'
import type { Introspect } from './introspection/introspection.ts'
import { tokenScheme } from './token-scheme.ts'
import type { TokenMemory } from './token-memory.ts'
import { verifiedTokens } from './verified-tokens.ts'

/** The dependencies of {@link bearerAuthenticator}. */
export interface BearerDependencies {
  readonly verification: Verification
  readonly memory: TokenMemory<VerifiedToken>
  readonly introspect: Introspect | null
  /** Whether no other authenticator accepts the scheme DPoP. If so, this one refuses that scheme. */
  readonly isAlone: boolean
}

/**
 * Accepts tokens that are not bound to a key. A remembered token is accepted without a promise: a promise for each request
 * would cost more than all other steps.
 */
export function bearerAuthenticator({ verification, memory, introspect, isAlone }: BearerDependencies): Authenticator {
  const tokens = verifiedTokens(verification, memory, mustBeUnbound)
  return Object.freeze({
    scheme: 'bearer',
    challenge: 'Bearer',
    ambient: false,
    header: 'Authorization',
    securitySchemes: { bearerAuth: tokenScheme('bearer', introspect === null, 'in the Authorization header') },
    resourceMetadata: { authorization_servers: authorizationServers(verification) },
    authenticate(request) {
      const credentials = soleCredentials(request)
      if (credentials === null) return null
      const remembered = tokens.recall(credentials)
      if (remembered !== null) return remembered
      const token = bearerToken(credentials)
      if (token === null) {
        if (isAlone) refuseDpopScheme(credentials)
        return null
      }
      return introspect?.(token, request, mustBeUnbound) ?? tokens.verify(credentials, token)
    }
  } satisfies Authenticator)
}
