import type { CryptoKey } from 'jose'
import type { KeyHint } from './verification-key.ts'

/** A source of the public keys that verify the tokens of an issuer, such as {@link remoteKeySet}. */
export interface KeySource {
  /**
   * Returns the one key that a token asks for by `alg` and `kid`; `null` when there is none, or more than one. If the answer is
   * not available now, it should throw: the answer to the client is then 503, with the `retryAfter` in seconds of the thrown
   * error, or 5.
   */
  find(hint: KeyHint): CryptoKey | null | Promise<CryptoKey | null>
  /**
   * Whether `find` would return this same key for the hint now. It must answer without a promise, from the keys at hand. It is
   * called on each request with a remembered token. If it is missing, throws, or returns anything but `true`, the token is
   * verified again.
   */
  holds?(hint: KeyHint, key: CryptoKey): boolean
}
