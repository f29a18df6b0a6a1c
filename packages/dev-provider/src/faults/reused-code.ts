import type { Fault } from '../fault.ts'
import { now } from '../store.ts'

/** Every code under way has already been used when it is presented. */
export const reusedCode: Fault = {
  name: 'reused-code',
  summary: 'The authorization code has been used before: invalid_grant',
  endpoints: ['token'],
  async strike({ store }, next) {
    const struck = store.spoilCodes({ consumed: now() })
    await next()
    return struck
  }
}
