import type { SealedUpstreamTokens, UpstreamTokenOwner } from '@latchkey/store'
import type { KeptTokens } from './kept-tokens.ts'
import type { Proof } from './proof.ts'

/** Keeps the tokens of a login, instead of those of the last. */
export async function keepTokens(
  store: SealedUpstreamTokens | null,
  owner: UpstreamTokenOwner,
  { tokens, identity, userinfoSubject }: Proof
): Promise<void> {
  const kept: KeptTokens = { ...tokens, subject: userinfoSubject, identity: identity.subject, lease: null }
  await store?.put(owner, JSON.stringify(kept))
}
