import { setTimeout as sleep } from 'node:timers/promises'
import type { SealedUpstreamTokens, UpstreamTokenOwner } from '@latchkey/store'
import { LoginError } from '../errors.ts'
import { keepRefreshed } from './keep-refreshed.ts'
import { type FoundTokens, findTokens, type KeptTokens } from './kept-tokens.ts'
import type { Claims, Provider } from '../providers/provider.ts'
import { LEASE, leaseWatch, takeLease } from './refresh-lease.ts'
import type { RelyingParty } from '../provider-client/relying-party.ts'
import { mended } from '../provider-client/token-answer.ts'
import { type ProviderTokens, readTokens, tokenIn } from '../provider-client/token-response.ts'

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

// In seconds before its end, when an access token is no good for a request any more.
const MARGIN = 30
// In milliseconds: for one that waits, all together. A lease that nobody gives back ends before.
const PATIENCE = (LEASE + 10) * 1000
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
    const began = performance.now()
    const isHeld = leaseWatch()
    let first: KeptTokens | null = null
    for (;;) {
      const found = await findTokens(store, owner)
      if (found === null) return null
      const { tokens } = found
      first ??= tokens
      // However short they live, tokens that came while somebody waited are for whoever waited.
      const isGood = isFresh(tokens) || isOther(tokens, first)
      if (isGood && tokens.accessToken !== withdrawn) return tokens
      if (tokens.refreshToken === null) return null
      if (performance.now() - began > PATIENCE) throw late()
      if (isHeld(tokens.lease, seconds())) {
        await sleep(POLL)
        continue
      }
      const leased = await takeLease(store, owner, found, seconds())
      if (leased !== null) return await refresh(owner, party, leased, tokens.refreshToken)
    }
  }

  function isFresh({ expiresAt }: ProviderTokens): boolean {
    return expiresAt === null || seconds() + MARGIN < expiresAt
  }

  async function refresh(
    owner: UpstreamTokenOwner,
    party: RelyingParty,
    leased: FoundTokens,
    refreshToken: string
  ): Promise<KeptTokens | null> {
    const { tokens, version } = leased
    let answer: Claims | null = null
    let refreshed: ProviderTokens
    try {
      const { refresh: ask } = await party.client()
      answer = await ask(refreshToken)
      refreshed = readTokens(mended(answer, party.provider), seconds())
    } catch (error) {
      if (error instanceof LoginError && error.error === 'invalid_state') return await giveUp(owner, version)
      // A refresh token that came along is kept: the provider may honour no other now.
      const rotated = answer && refreshTokenIn(answer, party.provider)
      const returned: KeptTokens = { ...tokens, refreshToken: rotated ?? refreshToken, lease: null }
      // When the lease cannot be given back it ends by itself: what the provider said is what counts.
      const isReturned =
        rotated === null
          ? store.replace(owner, JSON.stringify(returned), version)
          : keepRefreshed(store, owner, leased, returned)
      await Promise.resolve(isReturned).catch(() => false)
      throw error
    }
    return await keepRefreshed(store, owner, leased, merge(tokens, refreshed))
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

// The provider's own tokenResponse may be what failed.
function refreshTokenIn(answer: Claims, provider: Provider): string | null {
  try {
    return tokenIn(mended(answer, provider), 'refresh_token')
  } catch {
    return tokenIn(answer, 'refresh_token')
  }
}

function isOther(tokens: KeptTokens, first: KeptTokens): boolean {
  return tokens.accessToken !== first.accessToken || tokens.expiresAt !== first.expiresAt
}

function late(): LoginError {
  return new LoginError('provider_timeout', { cause: 'other processes did not refresh the tokens in time' })
}

// What the provider does not say again has not changed: RFC 6749 §6 lets it leave out the refresh token and the scope. The
// ID token of the login stays: nobody has verified another.
function merge(old: KeptTokens, { refreshToken, scope, ...fresh }: ProviderTokens): KeptTokens {
  return {
    ...old,
    ...fresh,
    refreshToken: refreshToken ?? old.refreshToken,
    idToken: old.idToken,
    scope: scope ?? old.scope,
    lease: null
  }
}
