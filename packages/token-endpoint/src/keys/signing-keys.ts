import type { FastifyBaseLogger } from 'fastify'
import type { JSONWebKeySet } from 'jose'
import type { SigningKey } from './imported-key.ts'
import type { SigningAlgorithm } from './jwk.ts'

/** The keys of a token endpoint. All methods except `rotate` read only memory. */
export interface SigningKeys {
  /** The algorithms of the current keys, or of keys that can be added later. Never empty. */
  readonly algorithms: readonly SigningAlgorithm[]
  /**
   * The key that signs now.
   *
   * @throws UnavailableError when there is no such key
   */
  signer(): SigningKey
  /**
   * The public keys. Frozen. Returns the same object until the keys change.
   *
   * @throws UnavailableError when there are no keys
   */
  jwks(): JSONWebKeySet
  /** Makes the next key. */
  rotate(): Promise<void>
  close(): Promise<void>
  /** Returns facts for tools that inspect a server. Contains no key and no secret. */
  facts?(): KeyFacts
}

/** The facts of signing keys, for tools that inspect a server. */
export interface KeyFacts {
  /** Whether the first key was made when this process started. */
  readonly madeAtStart: boolean
  /** Fingerprints of the private keys in the options, or of the secrets that encrypt stored keys. */
  readonly secrets: readonly string[]
}

/** A source of signing keys, for the option `keys` instead of a list: `storedKeys()`. */
export interface SigningKeySource {
  /** Called once, when the token endpoint is registered. */
  open(dependencies: KeyDependencies): Promise<SigningKeys>
}

/** The values that the token endpoint passes to a key source. */
export interface KeyDependencies {
  /** The current time in milliseconds since the epoch. */
  readonly now: () => number
  readonly log: FastifyBaseLogger
}
