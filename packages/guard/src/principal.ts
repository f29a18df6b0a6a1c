/**
 * Gives `principal.user` its type, by declaration merging in the application:
 *
 * ```ts
 * declare module '@latchkey/guard' { interface PrincipalTypes { user: User } }
 * ```
 */
// biome-ignore lint/suspicious/noEmptyInterface: filled by declaration merging
export interface PrincipalTypes {}

/** The type of `principal.user`: the one that {@link PrincipalTypes} declares, or `unknown`. */
export type PrincipalUser = PrincipalTypes extends { user: infer User } ? User : unknown

/**
 * The result of an authenticator: the subject, its issuer and its scopes. An authenticator may return the same object again for
 * the same credential: the guard makes its own principal from it and does not change it.
 */
export interface Authentication {
  /** The person or client that the credential speaks for. Unique only together with `issuer`. */
  readonly subject: string
  /** The issuer of a token, or `null` for this server's own sessions. */
  readonly issuer: string | null
  /** The scopes that the credential carries. `null`: it has no scopes of its own and carries all that its subject may do. */
  readonly scopes: ReadonlySet<string> | null
  /**
   * The verified roles of the subject, for the guard's option `roles`. They count only if `resolveUser` gives none. Default: the
   * credential has no roles, and they do not restrict it.
   */
  readonly roles?: readonly string[] | undefined
  /**
   * The other claims of the credential: verified, and as its issuer wrote them. Plain JSON: the guard deeply freezes it. A
   * value that cannot be frozen, such as a `Date`, is passed unchanged to every request with this authentication.
   */
  readonly claims: Readonly<Record<string, unknown>>
  /** When the subject last logged in, in seconds since the epoch; `null` if the credential does not contain it. */
  readonly authenticatedAt: number | null
}

/** The caller, in the same form for bearer tokens, sessions and other credentials. */
export interface Principal extends Omit<Authentication, 'scopes' | 'roles'> {
  /**
   * The effective scopes: those that the credential carries and the subject may use now, with the scopes that they imply.
   * Read-only, and not a `Set`.
   */
  readonly scopes: ReadonlySet<string>
  /** The scheme of the authenticator, such as `bearer` or `session`. */
  readonly scheme: string
  /** The result of the guard's `resolveUser`; `undefined` without that option. */
  readonly user: PrincipalUser
}
