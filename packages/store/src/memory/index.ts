import type { Store } from '../store.ts'
import { memoryAccounts } from './accounts.ts'
import { memoryDpopReplay } from './dpop-replay.ts'
import { checkMemoryOptions, type MemoryStoreOptions } from './options.ts'
import { memoryRefreshTokens } from './refresh-tokens.ts'
import { memoryRevocations } from './revocations.ts'
import { memorySessions } from './sessions.ts'
import { memorySigningKeys } from './signing-keys.ts'
import { memoryThrottle } from './throttle.ts'
import { memoryUpstreamTokens } from './upstream-tokens.ts'

export type { MemoryStoreOptions }

/**
 * A store in this process's memory, for tests and for trying things out. Bounded; expired entries are swept while it is
 * used, without a timer that would keep the process alive. Does not outlive the process and is not shared between
 * processes: every restart signs everybody out.
 *
 * @throws TypeError when an option is unknown or ill-typed
 */
export function memoryStore(options: MemoryStoreOptions = {}): Store {
  const { now, ...most } = checkMemoryOptions(options)
  return Object.freeze({
    accounts: memoryAccounts(most.maxAccounts),
    dpopReplay: memoryDpopReplay(most.maxDpopProofs, now),
    refreshTokens: memoryRefreshTokens(most.maxRefreshTokens, now),
    revocations: memoryRevocations(most.maxRevocations, now),
    sessions: memorySessions(most.maxSessions, now),
    signingKeys: memorySigningKeys(most.maxSigningKeys),
    throttle: memoryThrottle(most.maxThrottleKeys, now),
    upstreamTokens: memoryUpstreamTokens(most.maxUpstreamTokens),
    async close() {}
  })
}
