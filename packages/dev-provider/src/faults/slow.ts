import { setTimeout as elapsed } from 'node:timers/promises'
import { ANYWHERE, type Fault } from '../fault.ts'

/** The answer is delayed. */
export const slow: Fault = {
  name: 'slow',
  summary: 'The answer comes late',
  endpoints: ANYWHERE,
  async strike({ delay }, next) {
    // The timer must not keep the process alive when the provider is closed meanwhile.
    await elapsed(delay, undefined, { ref: false })
    await next()
    return true
  }
}
