import { LoginError } from './errors.ts'
import { unproven } from './fresh-login.ts'
import type { Claims, Provider } from './provider.ts'
import type { SignIn } from './session.ts'
import type { Transaction } from './transaction.ts'

/**
 * When the person proved who they are, as far as the provider says: it may let in who has logged in there long ago. Of who
 * was to log in anew that is no login, and to send them there once more would go on for ever. Where the provider says
 * nothing, the time is unknown (`null`), or now if the application trusts the provider that far.
 *
 * @throws LoginError `recent_login_required`
 * @see [OpenID Connect Core 1.0 §3.1.2.1](https://openid.net/specs/openid-connect-core-1_0.html#AuthRequest)
 */
export function loginTime(
  { auth_time: said }: Claims,
  { fresh, issuedAt }: Transaction,
  { trustUnprovenLogin = false }: Provider,
  { now, clockTolerance }: { readonly now: () => number; readonly clockTolerance: number }
): Required<Pick<SignIn, 'authenticatedAt'>> {
  const current = now() / 1000
  if (typeof said !== 'number') {
    if (trustUnprovenLogin) return { authenticatedAt: Math.floor(current) }
    if (fresh) throw unproven()
    return { authenticatedAt: null }
  }
  if (!fresh) return { authenticatedAt: Math.floor(Math.min(said, current)) }
  if (said < issuedAt - clockTolerance) {
    throw new LoginError('recent_login_required', { cause: 'the provider let in who was to log in anew' })
  }
  // By this server's clock it was after the person was sent there.
  return { authenticatedAt: Math.floor(Math.max(issuedAt, Math.min(said, current))) }
}
