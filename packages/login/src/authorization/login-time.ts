import { LoginError } from '../errors.ts'
import { unproven } from './fresh-login.ts'
import type { Claims, Provider } from '../providers/provider.ts'
import type { SignIn } from '../session.ts'
import type { Transaction } from './transaction.ts'

/**
 * Returns the time when the user authenticated, from the provider's `auth_time`. A provider may accept a user who logged in
 * there long ago. If a fresh login was requested, an old `auth_time` is an error; redirecting again would loop. Without an
 * `auth_time` the time is unknown (`null`), or now with `insecureTrustUnprovenLogin`. An `auth_time` in the future, for example in
 * milliseconds, proves nothing, also with `insecureTrustUnprovenLogin`: it counts as 1970, which is never recent.
 *
 * @throws LoginError `recent_login_required`
 * @see [OpenID Connect Core 1.0 §3.1.2.1](https://openid.net/specs/openid-connect-core-1_0.html#AuthRequest)
 */
export function loginTime(
  { auth_time: said }: Claims,
  { fresh, issuedAt }: Transaction,
  { insecureTrustUnprovenLogin = false }: Provider,
  { now, clockTolerance }: { readonly now: () => number; readonly clockTolerance: number }
): Required<Pick<SignIn, 'authenticatedAt'>> {
  const current = now() / 1000
  if (typeof said !== 'number') {
    if (insecureTrustUnprovenLogin) return { authenticatedAt: Math.floor(current) }
    if (fresh) throw unproven()
    return { authenticatedAt: null }
  }
  if (!(said <= current + clockTolerance)) {
    if (fresh) throw notFresh('auth_time is in the future')
    // Not null: with an unknown time, a new session may link identities.
    return { authenticatedAt: 0 }
  }
  if (!fresh) return { authenticatedAt: Math.floor(Math.min(said, current)) }
  if (said < issuedAt - clockTolerance) throw notFresh('auth_time is before the request for a fresh login')
  // By the clock of this server, the login was after the redirect to the provider.
  return { authenticatedAt: Math.floor(Math.max(issuedAt, Math.min(said, current))) }
}

function notFresh(cause: string): LoginError {
  return new LoginError('recent_login_required', { cause })
}
