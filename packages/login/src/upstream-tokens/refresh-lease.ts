import { randomBytes } from 'node:crypto'
import type { UpstreamTokenOwner } from '@latchkey/store'
import type { SealedUpstreamTokens } from './sealed-upstream-tokens.ts'
import { type FoundTokens, findTokens, type KeptTokens } from './kept-tokens.ts'

/** In seconds: longer than metadata, secret and exchange take together, plus time for the store. */
export const LEASE = 30

/** Puts a lease of this process on the tokens and returns them; `null` if another process was faster. */
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
 * Returns a function that reports whether a lease is still valid, for repeated calls. A lease lasts at most {@link LEASE} from
 * when it was first seen, by a monotonic clock, however far ahead the clock of its owner is.
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
