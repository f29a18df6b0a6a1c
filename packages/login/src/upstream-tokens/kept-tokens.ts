import type { SealedUpstreamTokens, UpstreamTokenOwner } from '@latchkey/store'
import type { ProviderTokens } from '../provider-client/token-response.ts'

/** The tokens of one account with one provider, as they are kept. */
export interface KeptTokens extends ProviderTokens {
  /** The provider's identifier of the person, as the userinfo endpoint gives it. */
  readonly subject: string
  /** The subject of the identity that they are of: for some providers it says more than `subject`. */
  readonly identity: string
  /** Who is refreshing them, and until when, in seconds since the epoch: nobody else does. */
  readonly lease: { readonly id: string; readonly until: number } | null
}

/** Kept tokens, and what names this state of them. */
export interface FoundTokens {
  readonly tokens: KeptTokens
  readonly version: string
}

/** What is kept for an owner, or `null`. */
export async function findTokens(store: SealedUpstreamTokens, owner: UpstreamTokenOwner): Promise<FoundTokens | null> {
  const found = await store.find(owner)
  // Sealed by this package, with a key that opens nothing else.
  return found && { tokens: JSON.parse(found.text) as KeptTokens, version: found.version }
}
