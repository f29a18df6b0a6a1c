import type { AccountStore } from './accounts.ts'
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

  /** Lets go of what the store itself holds open. Not to be asked anything afterwards. */
  close(): Promise<void>
}
