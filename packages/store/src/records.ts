/** The key of a record: no two records of a store have the same `kind` and `id`. */
export interface RecordKey {
  /** The kind of the record, such as `authorization-code`. A word of the plugin that stores it. */
  readonly kind: string
  /** The identifier within its kind. For a secret, such as a code, its SHA-256 in base64url. */
  readonly id: string
}

/** A record, as it is created. */
export interface NewRecord extends RecordKey {
  /** The subject that the record belongs to, for `list`, `removeOwned` and `removeAllOwned`; `null` if it has no owner. */
  readonly owner: string | null
  /** The content: at most 16 KiB of text. Opaque to the store. */
  readonly content: string
  /** When the record may be forgotten, in seconds since the epoch. */
  readonly expiresAt: number
}

/** A record, as it is stored. */
export interface StoredRecord extends NewRecord {
  /** Changes with each `replace`. Opaque: it has no meaning outside of the store that returned it. */
  readonly version: string
}

/** The members of a record that `replace` changes. */
export type RecordChange = Pick<NewRecord, 'content' | 'expiresAt'>

/**
 * Stores small records that expire: authorization codes, consents, registered clients, device codes. Every method resolves when
 * its effect is durable, and visible to every later call of every process. An adapter that cannot reach its database rejects
 * with an error whose `statusCode` is 503: a failed look-up does not mean that a record is missing.
 *
 * - **Missing.** For a key that was never stored, or is no longer stored, `find` returns `null`, `replace` and `remove` return
 *   `false`.
 * - **Expired.** The store does not check expiry in `find`, `replace`, `remove` and `list`: callers compare `expiresAt` with the
 *   time of `Store.clock`. An adapter may forget a record any time after its `expiresAt`, and never before. An expired record does
 *   not count as taken, nor towards `most`. A bounded adapter that is full rejects with an error whose `statusCode` is 503: a
 *   forgotten record could let a used code be used again.
 * - **Concurrent.** `replace` is one compare-and-swap: of any number of calls with the same version, in any number of processes,
 *   one returns `true`. Of any number of concurrent calls of `create` for one key, one returns `true`, and of concurrent calls
 *   of `remove`, one. So a record is used once if the caller that gets `true` uses it, and all callers use the same method: a
 *   `replace` and a later `remove` both return `true`.
 *
 * Kinds, identifiers and owners are compared byte for byte. `testRecordStore` of `@latchkey/store/testing` tests an adapter
 * against this contract.
 */
export interface RecordStore {
  /**
   * Stores a new record. `false`, without a change, when the key is taken, or when there are `most` records of its kind.
   *
   * @param most - the most unexpired records of the kind. Concurrent calls may exceed it by their number. A SQL database counts
   *   them in each call. Default: no limit
   */
  create(record: NewRecord, most?: number): Promise<boolean>

  /** The record with a key, or `null`. Returns a copy that does not change afterwards. */
  find(key: RecordKey): Promise<StoredRecord | null>

  /**
   * Replaces the content and the expiry of a record that has not changed. `false`, without a change, when the record has another
   * version or is missing.
   *
   * @param version - the version that the caller found
   */
  replace(key: RecordKey, version: string, change: RecordChange): Promise<boolean>

  /** Removes a record. `false` when it is missing. */
  remove(key: RecordKey): Promise<boolean>

  /** All records of a kind that belong to an owner, in no particular order. Expired records may be among them. */
  list(kind: string, owner: string): Promise<readonly StoredRecord[]>

  /** Removes all records of a kind that belong to an owner. It is not an error if there are none. */
  removeOwned(kind: string, owner: string): Promise<void>

  /** Removes all records of every kind that belong to an owner. It is not an error if there are none. */
  removeAllOwned(owner: string): Promise<void>
}
