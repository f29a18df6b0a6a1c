import type { Fault } from '../fault.ts'
import { alterIdToken } from './altered-id-token.ts'

/** The issuer in a wrong `iss`. */
export const OTHER_ISSUER = 'https://other-issuer.example'

/** The ID token has the `iss` of another issuer. */
export const wrongIssuer: Fault = {
  name: 'wrong-issuer',
  summary: 'The ID token has the iss of another provider',
  endpoints: ['token'],
  async strike(strike, next) {
    await next()
    return alterIdToken(strike, { iss: OTHER_ISSUER })
  }
}
