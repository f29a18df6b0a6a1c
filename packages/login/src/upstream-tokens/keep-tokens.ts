import type { SealedUpstreamTokens, UpstreamTokenOwner } from '@latchkey/store'
import { errors } from 'jose'
import { type FoundTokens, findTokens, type KeptTokens } from './kept-tokens.ts'
import type { ProviderTokens } from '../provider-client/token-response.ts'

/** The tokens of a login, and the person that they are of. */
export interface LoginTokens {
  readonly tokens: ProviderTokens
  readonly identity: { readonly subject: string }
  /** The subject as the userinfo endpoint gives it. */
  readonly userinfoSubject: string
}

/**
 * Keeps the tokens of a login, instead of those of the last. A refresh token that the provider did not give again, as most
 * give it at the first consent only, stays.
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
    // A refresh that comes between has another refresh token to carry over.
    if (await store.replace(owner, JSON.stringify({ ...kept, refreshToken }), old.version)) return
  }
}

// What was changed in the store is as good as none.
async function findReadable(store: SealedUpstreamTokens, owner: UpstreamTokenOwner): Promise<FoundTokens | null> {
  return await findTokens(store, owner).catch((error: unknown) => {
    if (error instanceof errors.JOSEError) return null
    throw error
  })
}
