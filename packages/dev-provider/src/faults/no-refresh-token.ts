import type { Fault } from '../fault.ts'

/** The answer of the token endpoint has no refresh token. */
export const noRefreshToken: Fault = {
  name: 'no-refresh-token',
  summary: 'The token endpoint sends no refresh token',
  endpoints: ['token'],
  async strike({ ctx }, next) {
    await next()
    const answer: unknown = ctx.body
    if (typeof answer !== 'object' || answer === null || !('refresh_token' in answer)) return false
    delete answer.refresh_token
    return true
  }
}
