import type { RefreshToken, RefreshTokenRotation, RefreshTokenStore, StoredRefreshToken } from '../refresh-tokens.ts'
import { forget, makeRoom, sweeper } from './eviction.ts'

/** Refresh tokens in memory, at most `limit`. A full store forgets the oldest. */
export function memoryRefreshTokens(limit: number, now: () => number): RefreshTokenStore {
  const tokens = new Map<string, StoredRefreshToken>()
  const sweep = sweeper(now, (time) => forget(tokens, ({ expiresAt }) => expiresAt <= time))

  // No method awaits anything, so each is atomic.
  return Object.freeze({
    async start(token: RefreshToken) {
      add(token)
    },

    async find(hash: string) {
      return tokens.get(hash) ?? null
    },

    async rotate({ hash, sealedSuccessor, successor }: RefreshTokenRotation) {
      const token = tokens.get(hash)
      if (token?.usedAt !== null) return false
      add(successor)
      const usedAt = Math.floor(now() / 1000)
      if (tokens.has(hash)) tokens.set(hash, Object.freeze({ ...token, usedAt, sealedSuccessor }))
      return true
    },

    async families(subject: string) {
      const clients = new Map<string, string>()
      for (const token of tokens.values()) if (token.subject === subject) clients.set(token.familyId, token.clientId)
      return [...clients].map(([familyId, clientId]) => ({ familyId, clientId }))
    },

    async revokeFamily(familyId: string) {
      forget(tokens, (token) => token.familyId === familyId)
    },

    async revokeSubject(subject: string) {
      forget(tokens, (token) => token.subject === subject)
    }
  })

  function add(token: RefreshToken): void {
    if (tokens.has(token.hash)) throw new Error('A refresh token with this hash is stored already')
    sweep()
    makeRoom(tokens, limit)
    const scopes = Object.freeze([...token.scopes])
    const resources = Object.freeze([...token.resources])
    tokens.set(token.hash, Object.freeze({ ...token, scopes, resources, usedAt: null, sealedSuccessor: null }))
  }
}
