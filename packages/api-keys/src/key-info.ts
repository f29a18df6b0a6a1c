import type { StoredRecord } from '@latchkey/store'

/** A key, without its text. */
export interface ApiKeyInfo {
  /** Identifies the key. It is no secret, and may be in a form. */
  readonly id: string
  readonly subject: string
  /** The name that its owner gave it. Escape it in a page. */
  readonly name: string
  /** The prefix and the last four characters of the key, such as `acme_…x9Kf`, to recognize it by. */
  readonly hint: string
  readonly scopes: readonly string[]
  /** In seconds since the epoch. */
  readonly createdAt: number
  /** In seconds since the epoch; `null` if the key does not expire. */
  readonly expiresAt: number | null
  /** In seconds since the epoch, at most about a minute too early; `null` if the key was never used. */
  readonly lastUsedAt: number | null
}

/** The part of a key that the store keeps as content. */
export type KeyContent = Omit<ApiKeyInfo, 'id' | 'subject'>

/** The kind of the records. */
export const KIND = 'api-key'

/** The expiry of a record whose key does not expire, and the latest of a key: the end of the year 9999. */
export const LATEST = 253_402_300_799

/** The expiry of the record of a key. */
export function recordExpiry({ expiresAt }: Pick<ApiKeyInfo, 'expiresAt'>): number {
  return expiresAt ?? LATEST
}

/** Reads the record of a key. */
export function infoOf({ id, owner, content }: StoredRecord): ApiKeyInfo {
  // Cast: only this package writes the content.
  return { ...(JSON.parse(content) as KeyContent), id, subject: String(owner) }
}

/** Whether a key has expired. */
export function isExpired({ expiresAt }: Pick<ApiKeyInfo, 'expiresAt'>, now: number): boolean {
  return expiresAt !== null && !(now < expiresAt)
}
