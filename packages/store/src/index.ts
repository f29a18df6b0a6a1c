export type { Account, AccountStore, FoundAccount, Identity, Profile } from './accounts.ts'
export type { StoreClock } from './clock.ts'
export { databaseClock } from './database-clock.ts'
export { deleteSubject, type SubjectStores } from './delete-subject.ts'
export type { DpopReplayStore } from './dpop-replay.ts'
export { STORE_RETRY_AFTER, StoreFullError, StoreSetupError, StoreUnavailableError } from './errors.ts'
export type { NewRecord, RecordChange, RecordKey, RecordStore, StoredRecord } from './records.ts'
export type {
  RefreshToken,
  RefreshTokenRotation,
  RefreshTokenStore,
  StoredRefreshToken
} from './refresh-tokens.ts'
export type { Revocation, RevocationPage, RevocationStore } from './revocations.ts'
export type { Session, SessionStore, UpstreamSession } from './sessions.ts'
export type { SigningKeyRing, SigningKeyStore, StoredSigningKey } from './signing-keys.ts'
export type { Store } from './store.ts'
export {
  type StoreFacts,
  superviseStore,
  type SupervisedStore,
  type Supervision,
  type SupervisionOptions
} from './supervision.ts'
export type {
  ThrottleCount,
  ThrottleHold,
  ThrottleLimit,
  ThrottleReservation,
  ThrottleStore,
  ThrottleWindow,
  TightThrottleLimit
} from './throttle.ts'
export { type FullThrottleLimit, fullThrottleLimit } from './throttle-limit.ts'
export type { StoredUpstreamToken, UpstreamTokenOwner, UpstreamTokenStore } from './upstream-tokens.ts'
