import { createHash, randomBytes } from 'node:crypto'
import type { RefreshToken, RefreshTokenStore, StoredRefreshToken } from '@latchkey/store'
import { openSuccessor, sealSuccessor } from './sealed-successor.ts'

/** What a family of refresh tokens is bound to, from its first token to its last. */
export type RefreshTokenBinding = Omit<RefreshToken, 'hash' | 'expiresAt' | 'familyExpiresAt'>

/** How long refresh tokens work: each one, and all that come of one sign-in. */
export interface RefreshTokenLifetime {
  /** How long a token works when it is not used, in seconds. Default: 14 days. */
  readonly idle?: number
  /** How long a sign-in lasts, however often it is refreshed, in seconds. Default: 90 days. */
  readonly absolute?: number
}

export interface RefreshTokenOptions {
  readonly store: RefreshTokenStore
  readonly lifetime: Required<RefreshTokenLifetime>
  /** How long after its use a token gives its successor again, in seconds. */
  readonly gracePeriod: number
  /** The store's time in milliseconds since the epoch. */
  readonly now: () => number
}

/** The refresh tokens of a token endpoint, in terms of the tokens themselves; the store knows only hashes. */
export interface RefreshTokens {
  /** Starts a family and gives its first token. */
  start(binding: RefreshTokenBinding): Promise<string>
  /** What is stored of a token, or `null` when it is unknown, revoked or expired. */
  find(token: string): Promise<StoredRefreshToken | null>
  /** Exchanges an unused token for its successor; `null` when it was used or revoked meanwhile: nothing changed then. */
  rotate(token: string, stored: StoredRefreshToken): Promise<string | null>
  /**
   * The successor of a used token once more, for a client that did not get the answer or asked twice at once; `null`
   * when the grace period is over, or the successor was used, revoked or has expired.
   */
  repeat(token: string, stored: StoredRefreshToken): Promise<string | null>
}

/** The making and exchanging of refresh tokens: opaque, 256 random bits, rotated at every use. */
export function refreshTokens(options: RefreshTokenOptions): RefreshTokens {
  const { store, lifetime, gracePeriod } = options
  const now = (): number => Math.floor(options.now() / 1000)

  return {
    async start(binding) {
      const token = randomToken()
      const familyExpiresAt = now() + lifetime.absolute
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
      if (gracePeriod === 0 || usedAt === null || sealedSuccessor === null || now() > usedAt + gracePeriod) return null
      const successor = await openSuccessor(sealedSuccessor, token)
      const stored = await find(successor)
      return stored?.usedAt === null ? successor : null
    }
  }

  async function find(token: string): Promise<StoredRefreshToken | null> {
    const stored = await store.find(hashOf(token))
    return stored !== null && now() < stored.expiresAt ? stored : null
  }

  function recordOf(token: string, family: RefreshTokenBinding & Pick<RefreshToken, 'familyExpiresAt'>): RefreshToken {
    const { familyId, clientId, subject, scopes, resources, authenticatedAt, familyExpiresAt } = family
    const bound = { familyId, clientId, subject, scopes, resources, authenticatedAt, familyExpiresAt }
    return { ...bound, hash: hashOf(token), expiresAt: Math.min(now() + lifetime.idle, familyExpiresAt) }
  }
}

function randomToken(): string {
  return randomBytes(32).toString('base64url')
}

function hashOf(token: string): string {
  return createHash('sha256').update(token).digest('base64url')
}
