import type { Claims } from '../providers/provider.ts'
import { identifierIn } from '../providers/provider-text.ts'
import type { SignIn } from '../session.ts'

/** The session of the provider that a token is of, or `null`: its end ends the session here. */
export function upstreamSession({ iss, sid }: Claims): NonNullable<SignIn['upstream']> | null {
  const session = identifierIn(sid)
  return typeof iss === 'string' && session !== null ? { issuer: iss, sid: session } : null
}
