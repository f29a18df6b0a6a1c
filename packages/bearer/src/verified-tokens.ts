import { type Authentication, InvalidTokenError } from '@latchkey/guard'
import {
  checkRevocation,
  type Verdict,
  type Verification,
  type VerifiedToken,
  verifyAccessToken
} from './access-token/verify.ts'
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
  /**
   * Returns the authentication, or the error for a wrong signature. Creates no promise if the issuer's key is at hand.
   *
   * @throws InvalidTokenError; an error for 503 when the issuer's keys are not available now
   */
  verify(key: string, token: string): Answer | Promise<Answer>
}

type Answer = Authentication | InvalidTokenError

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
    verify(key, token) {
      let verdict: Verdict | Promise<Verdict>
      try {
        verdict = verifyAccessToken(token, verification, checkBinding)
      } catch (error) {
        return missed(error)
      }
      return verdict instanceof Promise ? verdict.then((late) => settle(key, late), missed) : settle(key, verdict)
    }
  }

  function settle(key: string, verdict: Verdict): Answer {
    const isValid = !(verdict instanceof InvalidTokenError)
    // Frozen, it may be shared by requests. The guard then keeps the principal, which a token that is used once does not pay for.
    if (isValid && memory.remember(key, verdict)) Object.freeze(verdict.authentication)
    memory.miss()
    return isValid ? honour(verdict) : verdict
  }

  function missed(error: unknown): never {
    memory.miss()
    throw error
  }

  function honour(verified: VerifiedToken): Authentication {
    checkRevocation(verified)
    return verified.authentication
  }
}
