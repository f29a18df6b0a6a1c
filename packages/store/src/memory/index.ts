import { clockOfMemory } from '../memory-in-production.ts'
import { storableOnly } from '../storable.ts'
import type { Store } from '../store.ts'
import { memoryAccounts } from './accounts.ts'
import { memoryDpopReplay } from './dpop-replay.ts'
import { type MemoryStoreOptions, resolveOptions } from './options.ts'
import { memoryRecords } from './records.ts'
import { memoryRefreshTokens } from './refresh-tokens.ts'
import { memoryRevocations } from './revocations.ts'
import { memorySessions } from './sessions.ts'
import { memorySigningKeys } from './signing-keys.ts'
import { memoryThrottle } from './throttle.ts'
import { memoryUpstreamTokens } from './upstream-tokens.ts'

export type { MemoryStoreOptions }

/**
 * Makes a store in this process's memory, for tests and for trying things out. Its size is limited. Expired entries are removed
 * while the store is used, without a timer that would keep the process alive. Its content is lost when the process ends, and
 * other processes do not see it: every restart signs all users out. Plugins log a warning about it if `NODE_ENV` is
 * `production`.
 *
 * @example
 * ```ts
 * const store = memoryStore()
 * ```
 * @throws RegistrationError when an option is unknown or ill-typed
 */
export function memoryStore(options: MemoryStoreOptions = {}): Store {
  const { maxEntries, now } = resolveOptions(options)
  return Object.freeze({
    accounts: storableOnly(memoryAccounts(maxEntries)),
    dpopReplay: storableOnly(memoryDpopReplay(maxEntries, now)),
    records: storableOnly(memoryRecords(maxEntries, now)),
    refreshTokens: storableOnly(memoryRefreshTokens(maxEntries, now)),
    revocations: storableOnly(memoryRevocations(maxEntries, now)),
    sessions: storableOnly(memorySessions(maxEntries, now)),
    signingKeys: storableOnly(memorySigningKeys(maxEntries)),
    throttle: storableOnly(memoryThrottle(maxEntries, now)),
    upstreamTokens: storableOnly(memoryUpstreamTokens(maxEntries)),
    clock: clockOfMemory(Object.freeze({ now, async read() {} })),
    timeout: 0,
    async check() {},
    async close() {}
  })
}
