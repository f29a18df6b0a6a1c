import { sha256 } from '@latchkey/guard/plugin'
import type { DpopReplayStore } from '@latchkey/store'
import { LoginError } from '../errors.ts'
import { verifyProviderToken } from '../provider-client/id-token.ts'
import type { Verification } from '../provider-client/provider-claims.ts'
import type { Claims } from '../providers/provider.ts'
import { identifierIn } from '../providers/provider-text.ts'
import { retried } from '../retried.ts'
import type { RelyingParty } from '../provider-client/relying-party.ts'

const EVENT = 'http://schemas.openid.net/event/backchannel-logout'
const MAX_AGE = 600

/**
 * Verifies a logout token and returns its claims.
 *
 * @throws LoginError `invalid_logout_token`, or the error for keys of the provider that are not available
 * @see [OpenID Connect Back-Channel Logout 1.0 §2.6](https://openid.net/specs/openid-connect-backchannel-1_0.html#Validation)
 */
export async function verifyLogoutToken(
  token: string,
  party: RelyingParty,
  verification: Verification
): Promise<Claims> {
  // `exp` is checked if it is there: drafts of the specification had none, and so have the tokens of some providers.
  const demands = { ...verification, requiredClaims: ['iss', 'aud', 'iat', 'jti', 'events'], maxTokenAge: MAX_AGE }
  const { payload } = await verifyProviderToken(token, party, ['logout+jwt', 'jwt'], demands).catch(refuse)
  const { events, jti, sub, sid, nonce } = payload
  if (typeof events !== 'object' || events === null || !Object.hasOwn(events, EVENT)) throw invalid('events')
  if (nonce !== undefined) throw invalid('nonce')
  if (sub === undefined && sid === undefined) throw invalid('sub and sid')
  if (sid !== undefined && identifierIn(sid) === null) throw invalid('sid')
  if (typeof jti !== 'string') throw invalid('jti')
  return payload
}

/**
 * Marks a logout token as used, and then runs its effect. A token that was used before has no effect. If the effect fails, the
 * mark is removed, so that the provider can send the token again.
 *
 * @throws LoginError `invalid_logout_token` when it was used before; any error of the effect
 */
export async function useLogoutToken(
  { iss, jti }: Claims,
  replays: DpopReplayStore,
  { now, clockTolerance }: Verification,
  effect: () => Promise<void>
): Promise<void> {
  const key = sha256(JSON.stringify(['logout token', iss, jti]))
  const forgetAt = Math.ceil(now() / 1000) + MAX_AGE + 2 * clockTolerance
  if (!(await replays.remember(key, forgetAt))) throw invalid('jti was used before')
  try {
    await effect()
  } catch (error) {
    // The reason may make this fail too. Without it, the provider could not send the token again.
    await retried(() => replays.forget(key))
    throw error
  }
}

function refuse(thrown: unknown): never {
  if (thrown instanceof LoginError && thrown.error === 'provider_error') {
    throw new LoginError('invalid_logout_token', { cause: thrown.cause })
  }
  throw thrown
}

function invalid(what: string): LoginError {
  return new LoginError('invalid_logout_token', { cause: `the logout token is not valid: ${what}` })
}
