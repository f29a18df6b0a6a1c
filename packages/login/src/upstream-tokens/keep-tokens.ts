import type { UpstreamTokenOwner } from '@latchkey/store'
import type { SealedUpstreamTokens } from './sealed-upstream-tokens.ts'
import { jose } from '../jose.ts'
import { type FoundTokens, findTokens, type KeptTokens } from './kept-tokens.ts'
import type { ProviderTokens } from '../provider-client/token-response.ts'

/** The tokens of a login, and the user that they belong to. */
export interface LoginTokens {
  readonly tokens: ProviderTokens
  readonly identity: { readonly subject: string }
  /** The subject in the answer of the userinfo endpoint. */
  readonly userinfoSubject: string
}

/**
 * Stores the tokens of a login in place of the earlier ones. If the provider sent no refresh token, the earlier one stays: most
 * providers send it at the first consent only.
 */
export async function keepTokens(
  store: SealedUpstreamTokens | null,
  owner: UpstreamTokenOwner,
  { tokens, identity, userinfoSubject }: LoginTokens
): Promise<void> {
  if (store === null) return
  const kept: KeptTokens = { ...tokens, subject: userinfoSubject, identity: identity.subject, lease: null }
  for (;;) {
    const old = kept.refreshToken === null ? await findReadable(store, owner) : null
    if (old?.tokens.identity !== kept.identity) {
      await store.put(owner, JSON.stringify(kept))
      return
    }
    const { refreshToken } = old.tokens
    // Fails if a refresh came in between: it has stored another refresh token, so read again.
    if (await store.replace(owner, JSON.stringify({ ...kept, refreshToken }), old.version)) return
  }
}

// Tokens that were tampered with in the store count as missing.
async function findReadable(store: SealedUpstreamTokens, owner: UpstreamTokenOwner): Promise<FoundTokens | null> {
  const { errors } = await jose.get()
  return await findTokens(store, owner).catch((error: unknown) => {
    if (error instanceof errors.JOSEError) return null
    throw error
  })
}
