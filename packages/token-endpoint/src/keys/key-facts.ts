import type { JWK } from 'jose'
import type { KeyFacts, SigningKeys } from './signing-keys.ts'

/** A published key, for tools that inspect a server. */
interface PublishedKey {
  readonly kid: string
  readonly alg: string
  /** Whether it signs now. */
  readonly signs: boolean
}

/** The facts of the keys of a token endpoint. There are no published keys while the store does not answer. */
export function keyFacts(keys: SigningKeys): KeyFacts & { readonly published: readonly PublishedKey[] } {
  return { madeAtStart: false, secrets: [], ...keys.facts?.(), published: published(keys) }
}

function published(keys: SigningKeys): readonly PublishedKey[] {
  try {
    const { kid: signer } = keys.signer()
    return keys.jwks().keys.map(({ kid, alg }: JWK) => ({ kid: String(kid), alg: String(alg), signs: kid === signer }))
  } catch {
    return []
  }
}
