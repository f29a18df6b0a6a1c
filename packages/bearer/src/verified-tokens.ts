import type { Authentication } from '@latchkey/guard'
import { checkRevocation, type Verification, type VerifiedToken, verifyAccessToken } from './access-token.ts'
import type { CheckBinding } from './dpop/binding.ts'
import type { TokenMemory } from './token-memory.ts'

/** Verifies and remembers JWT access tokens with one kind of binding. Both functions check whether the token was revoked. */
export interface VerifiedTokens {
  /**
   * Returns the remembered authentication for a key, without a promise; `null` if the token must be verified.
   *
   * @throws InvalidTokenError when the token was revoked meanwhile
   */
  recall(key: string): Authentication | null
  /** @throws InvalidTokenError; an error for 503 when the issuer's keys are not available now */
  verify(key: string, token: string): Promise<Authentication>
}

/** @param checkBinding - refuses a token that is bound to something other than the presented key */
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
      try {
        const verified = await verifyAccessToken(token, verification, checkBinding)
        memory.remember(key, verified)
        return honour(verified)
      } finally {
        memory.miss()
      }
    }
  }

  function honour(verified: VerifiedToken): Authentication {
    checkRevocation(verified)
    return verified.authentication
  }
}
