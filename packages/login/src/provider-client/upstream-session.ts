import type { Claims } from '../providers/provider.ts'
import { identifierIn } from '../providers/provider-text.ts'
import type { SignIn } from '../session.ts'

/** Returns the provider's session that a token belongs to, or `null`. When it ends, the session here ends too. */
export function upstreamSession({ iss, sid }: Claims): NonNullable<SignIn['upstream']> | null {
  const session = identifierIn(sid)
  return typeof iss === 'string' && session !== null ? { issuer: iss, sid: session } : null
}
