import type { Fault } from '../fault.ts'
import { OTHER_ISSUER } from './wrong-issuer.ts'

/**
 * The authorization response has the `iss` of another issuer, as in a mix-up attack.
 *
 * @see [RFC 9207 §2.4](https://www.rfc-editor.org/rfc/rfc9207#section-2.4)
 */
export const wrongIssParameter: Fault = {
  name: 'wrong-iss-parameter',
  summary: 'The redirect to the client has the iss of another provider (RFC 9207)',
  endpoints: ['authorization'],
  async strike({ ctx }, next) {
    await next()
    const location = ctx.response.get('location')
    // In the query or the fragment.
    const altered = location.replace(/([?&#]iss=)[^&#]*/, `$1${encodeURIComponent(OTHER_ISSUER)}`)
    if (altered === location) return false
    ctx.set('location', altered)
    return true
  }
}
