import type { Authentication } from '@latchkey/guard'
import { checkRevocation, type Verification, type VerifiedToken, verifyAccessToken } from './access-token.ts'
import type { CheckBinding } from './dpop/binding.ts'
import type { TokenMemory } from './token-memory.ts'

/** Verifies JWT access tokens that are presented in one way, and remembers them. Both ask whether a token was taken back. */
export interface VerifiedTokens {
  /**
   * What is remembered under a key, without a promise; `null` when the token has to be verified.
   *
   * @throws InvalidTokenError when it was taken back since
   */
  recall(key: string): Authentication | null
  /** @throws InvalidTokenError; an error for 503 when the issuer's keys cannot be had now */
  verify(key: string, token: string): Promise<Authentication>
}

/** @param checkBinding - refuses a token that is bound to something else than what it was presented with */
export function verifiedTokens(
  verification: Verification,
  memory: TokenMemory<VerifiedToken>,
  checkBinding: CheckBinding
): VerifiedTokens {
  return {
    recall(key) {
      const remembered = memory.recall(key)
      return remembered === null ? null : honour(remembered)
    },
    async verify(key, token) {
      memory.miss()
      const verified = await verifyAccessToken(token, verification, checkBinding)
      memory.remember(key, verified)
      return honour(verified)
    }
  }

  function honour(verified: VerifiedToken): Authentication {
    checkRevocation(verified)
    return verified.authentication
  }
}
