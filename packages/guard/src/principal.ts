/**
 * The place to give `principal.user` its type, in one line of the application:
 *
 * ```ts
 * declare module '@latchkey/guard' { interface PrincipalTypes { user: User } }
 * ```
 */
// biome-ignore lint/suspicious/noEmptyInterface: filled by declaration merging
export interface PrincipalTypes {}

/** The type of `principal.user`: what {@link PrincipalTypes} declares, or `unknown`. */
export type PrincipalUser = PrincipalTypes extends { user: infer User } ? User : unknown

/**
 * What an authenticator found out: who vouches for whom, and how far. It may be handed out again for the same
 * credential: the guard makes a principal of its own from it for each request, and changes nothing in it.
 */
export interface Authentication {
  /** The person or client that the credential speaks for. Unique only together with `issuer`. */
  readonly subject: string
  /** Who vouches for `subject`: the issuer of a token, or `null` for this server's own sessions. */
  readonly issuer: string | null
  /** The scopes that the credential carries; `null` when it has none of its own and carries all that its subject may do. */
  readonly scopes: ReadonlySet<string> | null
  /**
   * What the credential says beside that: verified, but as its issuer wrote it. Plain JSON: the guard freezes it to its depths.
   * What cannot be frozen, such as a `Date`, is handed out as it is, to every request that this authentication is for.
   */
  readonly claims: Readonly<Record<string, unknown>>
  /** When the subject last proved who they are, in seconds since the epoch, or `null` when the credential does not say. */
  readonly authenticatedAt: number | null
}

/** Who is asking: the same for bearer tokens, sessions and whatever else vouches. */
export interface Principal extends Omit<Authentication, 'scopes'> {
  /**
   * Effective scopes: what the credential carries, held against what the subject may do now, with what they imply. Read-only,
   * and no `Set`.
   */
  readonly scopes: ReadonlySet<string>
  /** Which authenticator vouched, e.g. `bearer` or `session`. */
  readonly scheme: string
  /** What the guard's `resolveUser` answered; `undefined` without that option. */
  readonly user: PrincipalUser
}
