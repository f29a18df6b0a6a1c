import { type Authentication, type Authenticator, InvalidTokenError } from '@latchkey/guard'
import type { FastifyRequest } from 'fastify'
import type { Verification, VerifiedToken } from './access-token/verify.ts'
import { authorizationServers } from './authorization-servers.ts'
import { dpopToken, refuseBearerScheme, soleCredentials } from './credentials.ts'
import type { Introspect } from './introspection/introspection.ts'
import { tokenScheme } from './token-scheme.ts'
import type { TokenMemory } from './token-memory.ts'
import { verifiedTokens } from './verified-tokens.ts'
import { boundKey, mustBeBound } from './dpop/binding.ts'
import type { ProofVerifier } from './dpop/proof-verifier.ts'

// A compact JWS with a JSON object as its header: `{"`, or `{` and a space, a tab or a line break.
const PROOF = /(?<![\w-])e[wy][\w-]{16,}\.[\w-]{16,}\.[\w-]{16,}/
const WITH_PROOF = 'that is bound to a key, beside a proof of that key in the DPoP header'

/** The dependencies of {@link dpopAuthenticator}. */
export interface DpopDependencies {
  readonly verification: Verification
  readonly memory: TokenMemory<VerifiedToken>
  readonly introspect: Introspect | null
  readonly proofs: ProofVerifier
  /** Whether a token is accepted only with a proof. If so, the scheme Bearer is refused here. */
  readonly isRequired: boolean
}

/**
 * Accepts tokens that are bound to a key, if the request has a proof that the client has that key.
 *
 * @see [RFC 9449 §7](https://www.rfc-editor.org/rfc/rfc9449#section-7)
 */
export function dpopAuthenticator(context: DpopDependencies): Authenticator {
  const { verification, memory, introspect, proofs, isRequired } = context
  const tokens = verifiedTokens(verification, memory, mustBeBound)
  return Object.freeze({
    scheme: 'dpop',
    challenge: 'DPoP',
    challengeParameters: { algs: proofs.algorithms.join(' ') },
    resourceMetadata: {
      authorization_servers: authorizationServers(verification),
      dpop_signing_alg_values_supported: proofs.algorithms,
      ...(isRequired && { dpop_bound_access_tokens_required: true })
    },
    ambient: false,
    header: 'Authorization',
    secretPattern: PROOF, // the proof is in a header of its own
    securitySchemes: { dpopAuth: tokenScheme('DPoP', introspect === null, WITH_PROOF) },
    authenticate(request) {
      const credentials = soleCredentials(request)
      if (credentials === null) return null
      const token = dpopToken(credentials)
      if (token !== null) return honour(request, token)
      if (isRequired) refuseBearerScheme(credentials)
      return null
    }
  } satisfies Authenticator)

  async function honour(request: FastifyRequest, token: string): Promise<Authentication | InvalidTokenError> {
    const proof = await proofs.read(request, token)
    const authentication = await (introspect?.(token, request, mustBeBound) ?? verified(token))
    if (authentication instanceof InvalidTokenError) return authentication
    await proofs.accept(proof, boundKey(authentication.claims))
    return authentication
  }

  function verified(token: string): ReturnType<typeof tokens.verify> {
    // A header has no line break, so this key is never equal to a header: a bound token is never recalled without its proof.
    const key = `\n${token}`
    return tokens.recall(key) ?? tokens.verify(key, token)
  }
}
