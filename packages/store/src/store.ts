import type { AccountStore } from './accounts.ts'
import type { StoreClock } from './clock.ts'
import type { DpopReplayStore } from './dpop-replay.ts'
import type { RecordStore } from './records.ts'
import type { RefreshTokenStore } from './refresh-tokens.ts'
import type { RevocationStore } from './revocations.ts'
import type { SessionStore } from './sessions.ts'
import type { SigningKeyStore } from './signing-keys.ts'
import type { ThrottleStore } from './throttle.ts'
import type { UpstreamTokenStore } from './upstream-tokens.ts'

/**
 * All contracts. Every adapter of this package implements them. A plugin that needs only some of them takes
 * `Pick<Store, 'refreshTokens' | 'revocations'>`.
 */
export interface Store {
  readonly accounts: AccountStore
  readonly dpopReplay: DpopReplayStore
  readonly records: RecordStore
  readonly refreshTokens: RefreshTokenStore
  readonly revocations: RevocationStore
  readonly sessions: SessionStore
  readonly signingKeys: SigningKeyStore
  readonly throttle: ThrottleStore
  readonly upstreamTokens: UpstreamTokenStore

  /** The clock for all times in the store. */
  readonly clock: StoreClock

  /** How long a change may take before it is aborted, in milliseconds. 0 if nothing is waited for. */
  readonly timeout: number

  /**
   * Resolves when the store can be used. Rejects with a {@link StoreSetupError} when its tables are missing or too new, and
   * with an error whose `statusCode` is 503 when the database does not answer.
   */
  check(): Promise<void>

  /** Closes the connections and threads that the store opened itself. Do not use the store afterwards. */
  close(): Promise<void>
}
