import { randomBytes } from 'node:crypto'
import type { SealedUpstreamTokens, UpstreamTokenOwner } from '@latchkey/store'
import { type FoundTokens, findTokens, type KeptTokens } from './kept-tokens.ts'

/** In seconds: longer than metadata, secret and exchange take together, and time for the store after them. */
export const LEASE = 30

/** The tokens with a lease of this process on them; `null` when somebody else was faster. */
export async function takeLease(
  store: SealedUpstreamTokens,
  owner: UpstreamTokenOwner,
  { tokens, version }: FoundTokens,
  now: number
): Promise<FoundTokens | null> {
  const lease = { id: randomBytes(16).toString('base64url'), until: now + LEASE }
  if (!(await store.replace(owner, JSON.stringify({ ...tokens, lease }), version))) return null
  const found = await findTokens(store, owner)
  return found?.tokens.lease?.id === lease.id ? found : null
}

/**
 * Tells whether a lease still counts, for one who looks again and again. However far ahead the clock of whoever took it is,
 * it lasts no longer than {@link LEASE} from when it was first seen, by a clock that nobody turns.
 */
export function leaseWatch(): (lease: KeptTokens['lease'], now: number) => boolean {
  let id: string | null = null
  let since = 0
  return (lease, now) => {
    if (lease === null || lease.until <= now) return false
    if (lease.id !== id) {
      id = lease.id
      since = performance.now()
    }
    return performance.now() - since < LEASE * 1000
  }
}
