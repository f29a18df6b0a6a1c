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
   * Returns the key that `find` would return now, if it is at hand, and otherwise `null`. It must answer without a promise. It is
   * called on each request, before `find`, and again while a token is remembered: the token is verified again when the answer
   * is another one. If it is missing or throws, `find` is called, and no token is remembered.
   */
  atHand?(hint: KeyHint): CryptoKey | null
}
