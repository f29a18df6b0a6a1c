import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { SealedUpstreamTokens, UpstreamTokenOwner } from '@latchkey/store'
import { LoginError } from './errors.ts'
import { type FoundTokens, findTokens, type KeptTokens } from './kept-tokens.ts'
import type { RelyingParty } from './relying-party.ts'
import { type ProviderTokens, readTokens } from './token-response.ts'

/**
 * Gives kept tokens that work now, or `null` when the person has to log in again.
 *
 * @param withdrawn - an access token that the provider does not take any more, whatever its time
 */
export type LiveTokens = (
  owner: UpstreamTokenOwner,
  party: RelyingParty,
  withdrawn?: string
) => Promise<KeptTokens | null>

const MARGIN = 30
const LEASE = 10
const POLL = 100

/**
 * Refreshes kept tokens when they are about to expire: once, however many ask, in however many processes. Whoever puts a
 * lease into the store refreshes; the others wait for what comes of it, and take over when nothing does.
 */
export function liveTokens(store: SealedUpstreamTokens, now: () => number): LiveTokens {
  const underWay = new Map<string, Promise<KeptTokens | null>>()

  return (owner, party, withdrawn) => {
    const name = JSON.stringify([owner.accountId, owner.provider, withdrawn])
    const shared = underWay.get(name)
    if (shared !== undefined) return shared
    const started = live(owner, party, withdrawn).finally(() => underWay.delete(name))
    underWay.set(name, started)
    return started
  }

  async function live(owner: UpstreamTokenOwner, party: RelyingParty, withdrawn?: string): Promise<KeptTokens | null> {
    for (;;) {
      const found = await findTokens(store, owner)
      if (found === null || (isFresh(found.tokens) && found.tokens.accessToken !== withdrawn))
        return found?.tokens ?? null
      if (found.tokens.refreshToken === null) return null
      const { lease } = found.tokens
      if (lease !== null && lease.until > seconds()) {
        await sleep(POLL)
        continue
      }
      const leased = await takeLease(owner, found)
      if (leased !== null) return await refresh(owner, party, leased, found.tokens.refreshToken)
    }
  }

  function isFresh({ expiresAt }: ProviderTokens): boolean {
    return expiresAt === null || seconds() + MARGIN < expiresAt
  }

  async function takeLease(owner: UpstreamTokenOwner, { tokens, version }: FoundTokens): Promise<FoundTokens | null> {
    const lease = { id: randomBytes(16).toString('base64url'), until: seconds() + LEASE }
    if (!(await store.replace(owner, JSON.stringify({ ...tokens, lease }), version))) return null
    const found = await findTokens(store, owner)
    return found?.tokens.lease?.id === lease.id ? found : null
  }

  async function refresh(
    owner: UpstreamTokenOwner,
    party: RelyingParty,
    { tokens, version }: FoundTokens,
    refreshToken: string
  ): Promise<KeptTokens | null> {
    try {
      const { refresh: ask } = await party.client()
      const fresh = readTokens(await ask(refreshToken), seconds())
      const merged = merge(tokens, fresh)
      if (await store.replace(owner, JSON.stringify(merged), version)) return merged
      // A login has put others meanwhile.
      return (await findTokens(store, owner))?.tokens ?? null
    } catch (error) {
      if (error instanceof LoginError && error.error === 'invalid_state') return await giveUp(owner, version)
      await store.replace(owner, JSON.stringify({ ...tokens, lease: null }), version)
      throw error
    }
  }

  // The provider wants nothing to do with the refresh token any more. What a login has put meanwhile stays.
  async function giveUp(owner: UpstreamTokenOwner, version: string): Promise<KeptTokens | null> {
    const found = await findTokens(store, owner)
    if (found?.version !== version) return found?.tokens ?? null
    await store.remove(owner)
    return null
  }

  function seconds(): number {
    return now() / 1000
  }
}

// What the provider does not say again has not changed: RFC 6749 §6 lets it leave out the refresh token and the scope.
function merge(old: KeptTokens, { refreshToken, idToken, scope, ...fresh }: ProviderTokens): KeptTokens {
  return {
    ...old,
    ...fresh,
    refreshToken: refreshToken ?? old.refreshToken,
    idToken: idToken ?? old.idToken,
    scope: scope ?? old.scope,
    lease: null
  }
}
