import { randomBytes } from 'node:crypto'
import { sha256 } from '@latchkey/guard/plugin'
import type { RefreshToken, RefreshTokenStore, StoredRefreshToken } from '@latchkey/store'
import { openSuccessor, sealSuccessor } from './sealed-successor.ts'

/** The data that all tokens of a family share. */
export type RefreshTokenBinding = Omit<RefreshToken, 'hash' | 'expiresAt' | 'familyExpiresAt'>

/** How long refresh tokens work: each token, and all tokens of one sign-in. */
export interface RefreshTokenLifetime {
  /** The lifetime of an unused token, in seconds. Default: 14 days. */
  readonly idle?: number
  /** The lifetime of a sign-in, in seconds. Refreshing does not extend it. Default: 90 days. */
  readonly absolute?: number
}

export interface RefreshTokenDependencies {
  readonly store: RefreshTokenStore
  readonly lifetime: Required<RefreshTokenLifetime>
  /** The number of seconds after its use in which a token returns its successor again. */
  readonly gracePeriod: number
  /** The store's time in whole seconds since the epoch. */
  readonly seconds: () => number
}

/** The refresh tokens of a token endpoint. Takes and returns tokens; the store gets only their hashes. */
export interface RefreshTokens {
  /** Starts a family and returns its first token. */
  start(binding: RefreshTokenBinding): Promise<string>
  /** The stored record of a token, or `null` when the token is unknown, revoked or expired. */
  find(token: string): Promise<StoredRefreshToken | null>
  /** Exchanges an unused token for its successor. `null`, without a change, when the token was used or revoked meanwhile. */
  rotate(token: string, stored: StoredRefreshToken): Promise<string | null>
  /**
   * Returns the successor of a used token again, for a client that lost the answer or asked twice at once. `null` when the
   * grace period is over, or when the successor was used or revoked or has expired.
   */
  repeat(token: string, stored: StoredRefreshToken): Promise<string | null>
}

/** Makes and exchanges refresh tokens: opaque, 256 random bits. The grant `refresh_token` decides when. */
export function refreshTokens({ store, lifetime, gracePeriod, seconds }: RefreshTokenDependencies): RefreshTokens {
  return {
    async start(binding) {
      const token = randomToken()
      const familyExpiresAt = seconds() + lifetime.absolute
      await store.start(recordOf(token, { ...binding, familyExpiresAt }))
      return token
    },

    find,

    async rotate(token, stored) {
      const successor = randomToken()
      const rotated = await store.rotate({
        hash: stored.hash,
        sealedSuccessor: await sealSuccessor(successor, token),
        successor: recordOf(successor, stored)
      })
      return rotated ? successor : null
    },

    async repeat(token, { usedAt, sealedSuccessor }) {
      if (gracePeriod === 0 || usedAt === null || sealedSuccessor === null || seconds() > usedAt + gracePeriod)
        return null
      const successor = await openSuccessor(sealedSuccessor, token)
      const stored = await find(successor)
      return stored?.usedAt === null ? successor : null
    }
  }

  async function find(token: string): Promise<StoredRefreshToken | null> {
    const stored = await store.find(sha256(token))
    return stored !== null && seconds() < stored.expiresAt ? stored : null
  }

  function recordOf(token: string, family: RefreshTokenBinding & Pick<RefreshToken, 'familyExpiresAt'>): RefreshToken {
    const { familyId, clientId, subject, scopes, resources, authenticatedAt, familyExpiresAt } = family
    const bound = { familyId, clientId, subject, scopes, resources, authenticatedAt, familyExpiresAt }
    return { ...bound, hash: sha256(token), expiresAt: Math.min(seconds() + lifetime.idle, familyExpiresAt) }
  }
}

function randomToken(): string {
  return randomBytes(32).toString('base64url')
}
