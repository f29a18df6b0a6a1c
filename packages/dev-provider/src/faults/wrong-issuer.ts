import type { Fault } from '../fault.ts'
import { alterIdToken } from './altered-id-token.ts'

/** Who speaks for another issuer. */
export const OTHER_ISSUER = 'https://other-issuer.example'

/** The ID token is that of another issuer. */
export const wrongIssuer: Fault = {
  name: 'wrong-issuer',
  summary: 'The ID token has the iss of another provider',
  endpoints: ['token'],
  async strike(strike, next) {
    await next()
    return alterIdToken(strike, { iss: OTHER_ISSUER })
  }
}
