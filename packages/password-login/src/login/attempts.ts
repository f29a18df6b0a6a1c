import { UnavailableError } from '@latchkey/guard'
import { withTimeout } from '@latchkey/promises'
import type { Throttle } from '@latchkey/throttle'
import type { FastifyRequest } from 'fastify'
import type { PasswordCredentials, VerifiedUser, VerifyPassword } from './verify-password.ts'

/** Verifies passwords within the limits of the throttle. */
export interface PasswordAttempts {
  /**
   * Verifies a password. Returns its owner, or `null` for a wrong password, an unknown or a disabled user.
   *
   * @throws TooManyRequestsError, UnavailableError
   */
  attempt(credentials: PasswordCredentials, request: FastifyRequest): Promise<VerifiedUser | null>
}

export function passwordAttempts(
  verifyPassword: VerifyPassword,
  throttle: Throttle,
  timeout: number
): PasswordAttempts {
  return Object.freeze({
    async attempt(credentials: PasswordCredentials, request: FastifyRequest) {
      return throttle.attempt({ account: credentials.username.toLowerCase(), request }, async () => {
        const unwanted = new AbortController()
        const late = (): Error => {
          unwanted.abort()
          return new UnavailableError('verifyPassword did not answer in time')
        }
        return withTimeout(
          timeout * 1000,
          () => verifyPassword(credentials, { request, signal: unwanted.signal }),
          late
        )
      })
    }
  })
}
