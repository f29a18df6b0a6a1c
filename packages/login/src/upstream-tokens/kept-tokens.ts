import type { UpstreamTokenOwner } from '@latchkey/store'
import type { SealedUpstreamTokens } from './sealed-upstream-tokens.ts'
import type { ProviderTokens } from '../provider-client/token-response.ts'

/** The stored tokens of one account at one provider. */
export interface KeptTokens extends ProviderTokens {
  /** The provider's identifier of the user, in the answer of the userinfo endpoint. */
  readonly subject: string
  /** The subject of the identity that the tokens belong to: for some providers it differs from `subject`. */
  readonly identity: string
  /** The process that refreshes them, and until when, in seconds since the epoch. No other process does so meanwhile. */
  readonly lease: { readonly id: string; readonly until: number } | null
}

/** Stored tokens, and the version of this state. */
export interface FoundTokens {
  readonly tokens: KeptTokens
  readonly version: string
}

/** Returns the stored tokens of an owner, or `null`. */
export async function findTokens(store: SealedUpstreamTokens, owner: UpstreamTokenOwner): Promise<FoundTokens | null> {
  const found = await store.find(owner)
  // Sealed by this package, with a key that opens nothing else.
  return found && { tokens: JSON.parse(found.text) as KeptTokens, version: found.version }
}
