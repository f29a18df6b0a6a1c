import type { Fault } from '../fault.ts'
import { alterIdToken } from './altered-id-token.ts'

/** The ID token has the nonce of another login. */
export const wrongNonce: Fault = {
  name: 'wrong-nonce',
  summary: 'The ID token has the nonce of another login',
  endpoints: ['token'],
  async strike(strike, next) {
    await next()
    return alterIdToken(strike, { nonce: 'nonce-of-another-login' })
  }
}
