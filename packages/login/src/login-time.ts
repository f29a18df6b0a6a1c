import { LoginError } from './errors.ts'
import type { Claims } from './provider.ts'
import type { SignIn } from './session.ts'
import type { Transaction } from './transaction.ts'

/**
 * When the person proved who they are, as far as the provider says: it may let in who has logged in there long ago. Of who
 * was to log in anew that is no login, and to send them there once more would go on for ever.
 *
 * @throws LoginError `recent_login_required`
 * @see [OpenID Connect Core 1.0 §3.1.2.1](https://openid.net/specs/openid-connect-core-1_0.html#AuthRequest)
 */
export function loginTime(
  { auth_time: said }: Claims,
  { fresh, issuedAt }: Transaction,
  { now, clockTolerance }: { readonly now: () => number; readonly clockTolerance: number }
): Pick<SignIn, 'authenticatedAt'> {
  if (typeof said !== 'number') return {}
  if (!fresh) return { authenticatedAt: Math.floor(Math.min(said, now() / 1000)) }
  if (said < issuedAt - clockTolerance) {
    throw new LoginError('recent_login_required', { cause: 'the provider let in who was to log in anew' })
  }
  // By this server's clock it was after the person was sent there.
  return { authenticatedAt: Math.floor(Math.max(issuedAt, Math.min(said, now() / 1000))) }
}
