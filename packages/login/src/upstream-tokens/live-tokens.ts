import { setTimeout as sleep } from 'node:timers/promises'
import { singleFlight } from '@latchkey/promises'
import type { UpstreamTokenOwner } from '@latchkey/store'
import type { SealedUpstreamTokens } from './sealed-upstream-tokens.ts'
import { LoginError } from '../errors.ts'
import { keepRefreshed } from './keep-refreshed.ts'
import { type FoundTokens, findTokens, type KeptTokens } from './kept-tokens.ts'
import type { Claims, Provider } from '../providers/provider.ts'
import { LEASE, leaseWatch, takeLease } from './refresh-lease.ts'
import type { RelyingParty } from '../provider-client/relying-party.ts'
import { mended } from '../provider-client/token-answer.ts'
import { type ProviderTokens, readTokens, tokenIn } from '../provider-client/token-response.ts'

/**
 * Returns stored tokens that are valid now, or `null` when the user must log in again.
 *
 * @param withdrawn - an access token that the provider refuses, expired or not
 */
export type LiveTokens = (
  owner: UpstreamTokenOwner,
  party: RelyingParty,
  withdrawn?: string
) => Promise<KeptTokens | null>

// In seconds: an access token that expires sooner counts as expired.
const MARGIN = 30
// In milliseconds: the maximum wait of one call. An abandoned lease ends before.
const PATIENCE = (LEASE + 10) * 1000
const POLL = 100

/**
 * Refreshes stored tokens that are about to expire, only once for all concurrent calls in all processes. The process that puts
 * a lease into the store refreshes. The others wait for its result, and take over if there is none.
 */
export function liveTokens(store: SealedUpstreamTokens, now: () => number): LiveTokens {
  const shared = singleFlight<KeptTokens | null>()

  return (owner, party, withdrawn) =>
    shared(JSON.stringify([owner.accountId, owner.provider, withdrawn]), () => live(owner, party, withdrawn))

  async function live(owner: UpstreamTokenOwner, party: RelyingParty, withdrawn?: string): Promise<KeptTokens | null> {
    const began = performance.now()
    const isHeld = leaseWatch()
    let first: KeptTokens | null = null
    for (;;) {
      const found = await findTokens(store, owner)
      if (found === null) return null
      const { tokens } = found
      first ??= tokens
      // Tokens that arrived during the wait are returned, however short their lifetime is.
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
      // A refresh token in the answer is kept: the provider may accept no other one now.
      const rotated = answer && refreshTokenIn(answer, party.provider)
      const returned: KeptTokens = { ...tokens, refreshToken: rotated ?? refreshToken, lease: null }
      // If the lease cannot be released, it ends by itself. The error of the provider is thrown, not that of the store.
      const isReturned =
        rotated === null
          ? store.replace(owner, JSON.stringify(returned), version)
          : keepRefreshed(store, owner, leased, returned)
      await Promise.resolve(isReturned).catch(() => false)
      throw error
    }
    return await keepRefreshed(store, owner, leased, merge(tokens, refreshed))
  }

  // The provider has refused the refresh token. Tokens that a login has stored meanwhile stay.
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

// The failure may come from the provider's own tokenResponse.
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

// RFC 6749 §6: the provider may leave out the refresh token and the scope, which then have not changed. The ID token of the
// login stays, since a new one was not verified.
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
