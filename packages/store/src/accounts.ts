/** A user at a provider. */
export interface Identity {
  /** The provider's name in this application, such as `google`. */
  readonly provider: string
  /** The provider's own identifier of the user, which never changes. Not a name, and not an e-mail address. */
  readonly subject: string
}

/** The displayed data of an account. Do not base decisions on it: an e-mail address in it proves nothing. */
export interface Profile {
  readonly name: string | null
  readonly email: string | null
  /** The URL of a picture. */
  readonly picture: string | null
}

/** A user of the application. */
export interface Account {
  /** The key of the account, and the `subject` of its tokens. The caller makes it, and never reuses it. */
  readonly id: string
  readonly profile: Profile
  /** The permissions of the user, as the application names them. A set: order and repetition have no meaning. */
  readonly permissions: readonly string[]
  /** Whether the account is disabled. The store only keeps this value: callers refuse. */
  readonly disabled: boolean
  /** In seconds since the epoch. */
  readonly createdAt: number
}

/** An account, and whether this call created it. */
export interface FoundAccount {
  readonly account: Account
  readonly created: boolean
}

/**
 * Stores accounts, and the credentials that sign in to them: identities at providers, and at most one password hash. Every
 * method resolves when its effect is durable, and visible to every later call of every process. An adapter that cannot reach its
 * database rejects with an error whose `statusCode` is 503: a failed look-up does not mean that the account is missing.
 *
 * - **Missing.** The methods that find return `null`. The methods that change return `false` or `'missing'`.
 * - **Password hash.** An account has none until `setPasswordHash` stores one. `Account` does not contain it. The store neither
 *   hashes nor verifies a password.
 * - **Expired.** Nothing expires. A bounded adapter that is full refuses new accounts and links: if it forgot an account, the
 *   owner would get another one.
 * - **Concurrent.** An identity belongs to one account at most. If several first logins use one identity, one of them creates
 *   the account and the others find it. If an identity is linked to several accounts at once, only the links to one account
 *   succeed. Each field of an account is set as a whole: the last write stays. `setPasswordHash` with `current` is one
 *   compare-and-swap: of any number of calls with the same `current`, one returns `true`. `remove` is one atomic step: a call
 *   that changes the account comes wholly before or wholly after it, and leaves no identity and no password hash behind.
 *
 * Identifiers, providers and subjects are compared byte for byte. `testAccountStore` of `@latchkey/store/testing` tests an
 * adapter against this contract.
 */
export interface AccountStore {
  /**
   * Returns the account of an identity. If the identity has none, stores the given account and links the identity to it.
   * Rejects, without a change, when the identifier of the given account is taken by another account.
   *
   * @param account - stored if the identity is new; otherwise ignored
   */
  findOrCreate(identity: Identity, account: Account): Promise<FoundAccount>

  /** The account with an identifier, or `null`. Returns a copy that does not change afterwards. */
  find(id: string): Promise<Account | null>

  /** The account of an identity, or `null`. */
  findByIdentity(identity: Identity): Promise<Account | null>

  /** All identities of an account, in no order. Empty when the account is missing. */
  identities(id: string): Promise<readonly Identity[]>

  /**
   * Links an identity to an account. Returns `'linked'`, also if it was linked before. Without a change, returns `'taken'` when
   * the identity belongs to another account, and `'missing'` when there is no such account.
   */
  link(id: string, identity: Identity): Promise<'linked' | 'taken' | 'missing'>

  /**
   * Removes an identity from an account, even the last one. `false`, without a change, when the identity did not belong to the
   * account.
   */
  unlink(id: string, identity: Identity): Promise<boolean>

  /** Sets the profile. `false` when the account is missing. */
  setProfile(id: string, profile: Profile): Promise<boolean>

  /** Replaces the permissions. `false` when the account is missing. */
  setPermissions(id: string, permissions: readonly string[]): Promise<boolean>

  /** Disables or enables an account. `false` when it is missing. */
  setDisabled(id: string, disabled: boolean): Promise<boolean>

  /** The password hash of an account. `null` when the account has none, or is missing. */
  findPasswordHash(id: string): Promise<string | null>

  /**
   * Sets or removes the password hash of an account. `false`, without a change, when the account is missing, or has another
   * hash than `current`.
   *
   * @param passwordHash - the hash with its algorithm and parameters; `null` removes it. Opaque to the store
   * @param current - the hash that the caller found; `null` if it found none. Default: any hash is replaced
   */
  setPasswordHash(id: string, passwordHash: string | null, current?: string | null): Promise<boolean>

  /**
   * Removes an account with its identities and its password hash. `false` when the account is missing. Does not remove data in
   * other contracts: see `deleteSubject`.
   */
  remove(id: string): Promise<boolean>
}
