import * as o from '@latchkey/options'

/** The caller that a test wants to be. */
export interface TestPrincipal {
  /** The identifier of the person or program: `principal.subject`. */
  readonly subject: string
  /**
   * The scopes of the credential. Default for a token: none. Default for a session: none of its own, and it carries all that the
   * subject may do.
   */
  readonly scopes?: readonly string[] | undefined
  /** Further claims: `principal.claims`. Roles of a token belong here, under the `rolesClaim` of its issuer. Default: none. */
  readonly claims?: Readonly<Record<string, unknown>> | undefined
  /** The roles of a session, for the guard's option `roles`. Default: none. */
  readonly roles?: readonly string[] | undefined
  /**
   * The time of the login in seconds since the epoch, for `recentLogin()`. `null`: not known. Default for a token: `null`. Default
   * for a session: now.
   */
  readonly authenticatedAt?: number | null | undefined
  /** Whether the caller has a session cookie instead of a token. Default: `false`. */
  readonly session?: boolean | undefined
  /**
   * The `issuer` of the token, if `@latchkey/bearer` trusts several that can sign. Default: the first of its option `issuers` that
   * can.
   */
  readonly issuer?: string | undefined
}

const LONGEST_SUBJECT = 255

export const isSubject: o.Schema<string> = o.must<string>(
  `be a string of 1 to ${LONGEST_SUBJECT} characters`,
  (value) => o.isText(value) && value.length <= LONGEST_SUBJECT
)

export const loginTime: o.Schema<number | null | undefined> = o.optional(
  o.must<number | null>('be a time in whole seconds, or null', (value) => value === null || Number.isSafeInteger(value))
)

const schema = o.members({
  subject: isSubject,
  scopes: o.optional(o.listOf('be a list of scopes', o.text)),
  claims: o.optional(o.must<Readonly<Record<string, unknown>>>('be a plain object', o.isRecord)),
  roles: o.optional(o.listOf('be a list of roles', o.text)),
  authenticatedAt: loginTime,
  session: o.optional(o.flag, false),
  issuer: o.optional(o.text)
})

/**
 * Checks a principal.
 *
 * @throws RegistrationError naming the member and the fix
 */
export function checkPrincipal(caller: string, given: TestPrincipal): TestPrincipal & { readonly session: boolean } {
  const principal = o.checkOptions(caller, schema, given)
  if (principal.session && principal.issuer !== undefined) {
    throw new o.RegistrationError(caller, 'issuer is for tokens. Fix: leave it out of a principal with session: true')
  }
  if (!principal.session && principal.roles !== undefined) {
    throw new o.RegistrationError(
      caller,
      "roles is for sessions. Fix: for a token, put them into claims, under the issuer's rolesClaim"
    )
  }
  return principal
}
