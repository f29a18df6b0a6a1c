import type { RefreshToken, Store } from '@latchkey/store'

export const HOUR = 3_600
export const DAY = 24 * HOUR
export const EVERYTHING: readonly boolean[] = [true, true, true, true]
export const NOTHING: readonly boolean[] = [false, false, false, false]

/** A refresh token in its own family. */
export function refreshToken(hash: string, expiresAt: number): RefreshToken {
  const whose = { familyId: hash, clientId: 'c', subject: 's', scopes: [], resources: [], authenticatedAt: 0 }
  return { ...whose, hash, expiresAt, familyExpiresAt: expiresAt }
}

/** Writes an expiring entry to each contract that deletes expired entries. */
export async function write(store: Store, name: string, expiresAt: number): Promise<void> {
  const { refreshTokens, sessions, dpopReplay, revocations } = store
  const times = { createdAt: 0, lastSeenAt: 0, expiresAt }
  await refreshTokens.start(refreshToken(name, expiresAt))
  await sessions.create({ id: name, subject: 's', label: null, upstream: null, ...times })
  await dpopReplay.remember(name, expiresAt)
  await revocations.revoke({ kind: 'token', id: name, revokedAt: 0, expiresAt })
}

/** Counts the entries that are left. */
export async function kept(
  { refreshTokens, sessions, dpopReplay, revocations }: Store,
  name: string
): Promise<boolean[]> {
  return [
    (await refreshTokens.find(name)) !== null,
    (await sessions.find(name)) !== null,
    (await revocations.since(null)).revocations.some(({ id }) => id === name),
    !(await dpopReplay.remember(name, 4_102_444_800))
  ]
}
