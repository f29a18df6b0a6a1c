import type { UpstreamTokenOwner } from '@latchkey/store'
import { retried } from '../retried.ts'
import type { SealedUpstreamTokens } from './sealed-upstream-tokens.ts'
import { type FoundTokens, findTokens, type KeptTokens } from './kept-tokens.ts'

/**
 * Stores the result of a refresh. The provider may accept no earlier token now, so a failing store is retried and the earlier
 * tokens are never stored again.
 *
 * @param leased - the tokens that were refreshed
 * @returns the tokens that are stored now: `null` if they were removed meanwhile, or the tokens of a login that came in between
 * @throws the error of the store at the last attempt
 */
export async function keepRefreshed(
  store: SealedUpstreamTokens,
  owner: UpstreamTokenOwner,
  leased: FoundTokens,
  refreshed: KeptTokens
): Promise<KeptTokens | null> {
  return await retried(() => keepOnce(store, owner, leased, refreshed))
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

/** Returns the tokens to store in place of those that were stored meanwhile; `null` for none. */
function succeeding(found: KeptTokens, old: KeptTokens, refreshed: KeptTokens): KeptTokens | null {
  // Another process took over the lease but has not refreshed yet.
  if (found.accessToken === old.accessToken) return refreshed
  const isSpent = found.refreshToken === old.refreshToken && refreshed.refreshToken !== old.refreshToken
  // A login kept the old refresh token, which is now used up.
  return isSpent ? { ...found, refreshToken: refreshed.refreshToken } : null
}
