import { setTimeout as elapsed } from 'node:timers/promises'
import { ANYWHERE, type Fault } from '../fault.ts'

/** The answer takes its time. */
export const slow: Fault = {
  name: 'slow',
  summary: 'The answer comes late',
  endpoints: ANYWHERE,
  async strike({ delay }, next) {
    // A provider that is closed meanwhile must not keep its process.
    await elapsed(delay, undefined, { ref: false })
    await next()
    return true
  }
}
