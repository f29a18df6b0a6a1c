/** A user, as the routes of the account need it. */
export interface AccountUser {
  /** The same identifier as that of `verifyPassword`. It is never reassigned. */
  readonly subject: string
  /** The name that the user logs in with; `null` for a user without a password. */
  readonly username: string | null
  /** The e-mail address, as it is stored: mail goes to this spelling. `null` for a user without one. */
  readonly email: string | null
  /** Whether the user has proved that the address is theirs. Without it, the user cannot log in with a password. */
  readonly verified: boolean
  /** Whether the user is refused. No mail goes to them. Default: `false`. */
  readonly disabled?: boolean
}

/** A user who signs up. The address is verified already. */
export interface NewUser {
  /** In lower case. */
  readonly email: string
  /** In the form of `normalizeUsername()`. With `loginName: 'email'`, it is the e-mail address. */
  readonly username: string
  readonly passwordHash: string
}

/**
 * The functions by which the routes of the account use a users table: yours, or the accounts of a store, through
 * `storeUsers()`. Each may be async. If one throws, the answer is 500, or 503 for guard's `UnavailableError`. Equal e-mail
 * addresses must belong to one user: give the column a unique index.
 */
export interface AccountUsers {
  /** Returns the user with an e-mail address, verified or not; nothing if there is none. The address is in lower case. */
  findByEmail(email: string): AccountUser | null | undefined | Promise<AccountUser | null | undefined>
  /** Returns a user by the identifier; nothing if there is none. */
  findBySubject(subject: string): AccountUser | null | undefined | Promise<AccountUser | null | undefined>
  /**
   * Stores a new user, in one transaction. Returns the identifier, or what is taken. For `signUp`.
   *
   * @returns `'username_taken'` and `'email_taken'` without a change
   */
  createUser?(user: NewUser): Promise<{ readonly subject: string } | 'username_taken' | 'email_taken'>
  /** Replaces the password of a user. For `resetPassword` and `changePassword`. */
  setPassword?(subject: string, passwordHash: string): Promise<unknown>
  /**
   * Stores an address as the verified address of a user, in place of the one before. Returns `false`, without a change, if
   * another user has it. For `verifyEmail`, `changeEmail` and `resetPassword`.
   */
  setVerified?(subject: string, email: string): Promise<boolean>
}
