import { setTimeout as sleep } from 'node:timers/promises'
import type { SealedUpstreamTokens, UpstreamTokenOwner } from '@latchkey/store'
import { type FoundTokens, findTokens, type KeptTokens } from './kept-tokens.ts'

// In milliseconds, one after each attempt that failed.
const PAUSES = [200, 400, 800]

/**
 * Keeps what a refresh gave. The provider may honour nothing else now: a store that fails is asked again, and what was there
 * before is never put back.
 *
 * @param leased - what was refreshed
 * @returns what is kept now: `null` when it was forgotten meanwhile, and the tokens of a login that came between
 * @throws whatever the store throws at the last attempt
 */
export async function keepRefreshed(
  store: SealedUpstreamTokens,
  owner: UpstreamTokenOwner,
  leased: FoundTokens,
  refreshed: KeptTokens
): Promise<KeptTokens | null> {
  for (const pause of PAUSES) {
    try {
      return await keepOnce(store, owner, leased, refreshed)
    } catch {
      await sleep(pause)
    }
  }
  return await keepOnce(store, owner, leased, refreshed)
}

async function keepOnce(
  store: SealedUpstreamTokens,
  owner: UpstreamTokenOwner,
  leased: FoundTokens,
  refreshed: KeptTokens
): Promise<KeptTokens | null> {
  let { version } = leased
  let kept = refreshed
  while (!(await store.replace(owner, JSON.stringify(kept), version))) {
    const found = await findTokens(store, owner)
    const next = found && succeeding(found.tokens, leased.tokens, refreshed)
    if (found === null || next === null) return found?.tokens ?? null
    kept = next
    version = found.version
  }
  return kept
}

/** What takes the place of something that was put meanwhile; `null` for nothing. */
function succeeding(found: KeptTokens, old: KeptTokens, refreshed: KeptTokens): KeptTokens | null {
  // Another process thought that this one was dead, and has not come far.
  if (found.accessToken === old.accessToken) return refreshed
  const isSpent = found.refreshToken === old.refreshToken && refreshed.refreshToken !== old.refreshToken
  // A login has carried over a refresh token that is used up.
  return isSpent ? { ...found, refreshToken: refreshed.refreshToken } : null
}
