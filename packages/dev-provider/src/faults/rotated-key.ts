import type { Fault } from '../fault.ts'
import { alterIdToken } from './altered-id-token.ts'

/** The signing key changes just before the ID token is signed, and the old key is removed from the key set. */
export const rotatedKey: Fault = {
  name: 'rotated-key',
  summary: 'A new key signs from this token request on, and the old one is gone from the key set',
  endpoints: ['token'],
  async strike(strike, next) {
    await strike.rotateKeys()
    await next()
    // This request already has an ID token that the old key signed.
    await alterIdToken(strike, {})
    return true
  }
}
