import { clockOfMemory } from '../memory-in-production.ts'
import { storableOnly } from '../storable.ts'
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
 * processes: every restart signs everybody out. Plugins that take it warn of that where `NODE_ENV` is `production`.
 *
 * @throws TypeError when an option is unknown or ill-typed
 */
export function memoryStore(options: MemoryStoreOptions = {}): Store {
  const { now, ...most } = checkMemoryOptions(options)
  return Object.freeze({
    accounts: storableOnly(memoryAccounts(most.maxAccounts)),
    dpopReplay: storableOnly(memoryDpopReplay(most.maxDpopProofs, now)),
    refreshTokens: storableOnly(memoryRefreshTokens(most.maxRefreshTokens, now)),
    revocations: storableOnly(memoryRevocations(most.maxRevocations, now)),
    sessions: storableOnly(memorySessions(most.maxSessions, now)),
    signingKeys: storableOnly(memorySigningKeys(most.maxSigningKeys)),
    throttle: storableOnly(memoryThrottle(most.maxThrottleKeys, now)),
    upstreamTokens: storableOnly(memoryUpstreamTokens(most.maxUpstreamTokens)),
    clock: clockOfMemory(Object.freeze({ now, async read() {} })),
    timeout: 0,
    async check() {},
    async close() {}
  })
}
