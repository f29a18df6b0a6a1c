import type { AccountStore } from './accounts.ts'
import type { StoreClock } from './clock.ts'
import type { DpopReplayStore } from './dpop-replay.ts'
import type { RefreshTokenStore } from './refresh-tokens.ts'
import type { RevocationStore } from './revocations.ts'
import type { SessionStore } from './sessions.ts'
import type { SigningKeyStore } from './signing-keys.ts'
import type { ThrottleStore } from './throttle.ts'
import type { UpstreamTokenStore } from './upstream-tokens.ts'

/**
 * All contracts, as every adapter of this package keeps them. What needs some of them asks for no more:
 * `Pick<Store, 'refreshTokens' | 'revocations'>`.
 */
export interface Store {
  readonly accounts: AccountStore
  readonly dpopReplay: DpopReplayStore
  readonly refreshTokens: RefreshTokenStore
  readonly revocations: RevocationStore
  readonly sessions: SessionStore
  readonly signingKeys: SigningKeyStore
  readonly throttle: ThrottleStore
  readonly upstreamTokens: UpstreamTokenStore

  /** The time that everything in the store goes by. */
  readonly clock: StoreClock

  /** How long a change may take before it is given up, in milliseconds: 0 where nothing is waited for. */
  readonly timeout: number

  /**
   * Resolves when the store can be used. Rejects with a {@link StoreSetupError} when it never can be as it is, for want of
   * tables, and with an error whose `statusCode` is 503 when the database does not answer.
   */
  check(): Promise<void>

  /** Lets go of what the store itself holds open. Not to be asked anything afterwards. */
  close(): Promise<void>
}
