/** Who somebody is to a provider. */
export interface Identity {
  /** The provider's name here, such as `google`. */
  readonly provider: string
  /** The provider's own identifier of the user, which never changes: not a name, not an e-mail address. */
  readonly subject: string
}

/** What is shown of an account. Decides nothing: an e-mail address in it proves nothing. */
export interface Profile {
  readonly name: string | null
  readonly email: string | null
  /** The URL of a picture. */
  readonly picture: string | null
}

/** A user of the application. */
export interface Account {
  /** The key, and the `subject` of what the account is issued. Made by the caller, and never reused. */
  readonly id: string
  readonly profile: Profile
  /** What the user may do, in the application's words. A set: neither order nor repetition means anything. */
  readonly permissions: readonly string[]
  /** Whether the account is shut. The store only remembers it: callers refuse. */
  readonly disabled: boolean
  /** In seconds since the epoch. */
  readonly createdAt: number
}

/** An account, and whether it was made just now. */
export interface FoundAccount {
  readonly account: Account
  readonly created: boolean
}

/**
 * Remembers accounts, and which identities sign in to which. Every method resolves once its effect is durable and seen by
 * every later call, from whichever process. An adapter that cannot reach its database rejects with an error whose
 * `statusCode` is 503: an account that could not be looked up is not one that is missing.
 *
 * - **Missing.** `null` to the methods that find, and to those that change: `false`, or `'missing'`.
 * - **Expired.** Nothing here expires. A bounded adapter that is full refuses new accounts and links: forgetting an account
 *   would give its owner another one.
 * - **Concurrent.** An identity belongs to one account at most. Of any number of first logins with one identity, one
 *   creates the account and the others find it. Of any number of links of one identity, those to one account succeed.
 *   An account's fields are each set as a whole: the last one stays.
 *
 * Identifiers, providers and subjects are compared byte for byte. `testAccountStore` of `@latchkey/store/testing` holds an
 * adapter to this.
 */
export interface AccountStore {
  /**
   * The account that an identity belongs to; without one, stores the given account and gives the identity to it. Rejects
   * when the given account's identifier is taken by another account, and then changes nothing.
   *
   * @param account - what to store if the identity is new; otherwise it is ignored
   */
  findOrCreate(identity: Identity, account: Account): Promise<FoundAccount>

  /** The account with an identifier, or `null`. What it gives is a copy: it does not change afterwards. */
  find(id: string): Promise<Account | null>

  /** The account that an identity belongs to, or `null`. */
  findByIdentity(identity: Identity): Promise<Account | null>

  /** All identities of an account, in no order. None when the account is missing. */
  identities(id: string): Promise<readonly Identity[]>

  /**
   * Lets an identity sign in to an account. `'linked'` also when it does already; `'taken'` when it belongs to another
   * account, and `'missing'` when there is no such account, and then nothing changed.
   */
  link(id: string, identity: Identity): Promise<'linked' | 'taken' | 'missing'>

  /**
   * Takes an identity from an account. `false` when it did not belong to it, and then nothing changed. Takes the last one
   * too, if it is told to.
   */
  unlink(id: string, identity: Identity): Promise<boolean>

  /** Sets the profile. `false` when the account is missing. */
  setProfile(id: string, profile: Profile): Promise<boolean>

  /** Sets what the user may do, instead of what there was. `false` when the account is missing. */
  setPermissions(id: string, permissions: readonly string[]): Promise<boolean>

  /** Shuts or opens an account. `false` when it is missing. */
  setDisabled(id: string, disabled: boolean): Promise<boolean>
}
