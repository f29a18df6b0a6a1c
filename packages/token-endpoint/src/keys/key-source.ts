import type { FastifyBaseLogger } from 'fastify'
import type { JSONWebKeySet } from 'jose'
import type { SigningKey } from './imported-key.ts'
import type { SigningAlgorithm } from './jwk.ts'

/** The keys of a token endpoint, as it asks for them. Answers from memory, but for `rotate`. */
export interface SigningKeys {
  /** The algorithms that its keys have, or can have. Never empty. */
  readonly algorithms: readonly SigningAlgorithm[]
  /**
   * The key that signs now.
   *
   * @throws UnavailableError when there is none
   */
  signer(): SigningKey
  /**
   * The public keys. Frozen, and the same object as long as they do not change.
   *
   * @throws UnavailableError when there are none
   */
  jwks(): JSONWebKeySet
  /** Makes the next key. */
  rotate(): Promise<void>
  close(): Promise<void>
}

/** Where a token endpoint gets its keys from, when they are not given in a list: `storedKeys()`. */
export interface KeySource {
  /** Called once, when the token endpoint is registered. */
  open(circumstances: KeyCircumstances): Promise<SigningKeys>
}

/** What a key source is told by the token endpoint. */
export interface KeyCircumstances {
  /** The current time in milliseconds since the epoch. */
  readonly now: () => number
  readonly log: FastifyBaseLogger
}
