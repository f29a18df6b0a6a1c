import type { StoredUpstreamToken, UpstreamTokenOwner, UpstreamTokenStore } from '../upstream-tokens.ts'
import { makeRoom } from './eviction.ts'

/** Encrypted tokens of providers in memory, at most `limit`. A full store forgets the oldest. */
export function memoryUpstreamTokens(limit: number): UpstreamTokenStore {
  const tokens = new Map<string, StoredUpstreamToken>()
  let versions = 0

  return Object.freeze({
    async find(owner: UpstreamTokenOwner) {
      return tokens.get(nameOf(owner)) ?? null
    },

    async put(owner: UpstreamTokenOwner, sealed: string) {
      set(nameOf(owner), sealed)
    },

    async replace(owner: UpstreamTokenOwner, sealed: string, version: string) {
      if (tokens.get(nameOf(owner))?.version !== version) return false
      set(nameOf(owner), sealed)
      return true
    },

    async remove(owner: UpstreamTokenOwner) {
      tokens.delete(nameOf(owner))
    },

    async removeAll(accountId: string) {
      const start = `${JSON.stringify([accountId]).slice(0, -1)},`
      for (const name of tokens.keys()) if (name.startsWith(start)) tokens.delete(name)
    }
  })

  function set(name: string, sealed: string): void {
    tokens.delete(name)
    makeRoom(tokens, limit)
    tokens.set(name, Object.freeze({ sealed, version: String(++versions) }))
  }
}

function nameOf({ accountId, provider }: UpstreamTokenOwner): string {
  return JSON.stringify([accountId, provider])
}
