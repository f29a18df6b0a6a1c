import type { Fault } from '../fault.ts'
import { now } from '../store.ts'

/** Every code under way has expired when it is presented. */
export const expiredCode: Fault = {
  name: 'expired-code',
  summary: 'The authorization code has expired: invalid_grant',
  endpoints: ['token'],
  async strike({ store }, next) {
    const struck = store.spoilCodes({ exp: now() - 1 })
    await next()
    return struck
  }
}
