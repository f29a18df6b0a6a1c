/** An application that is registered with the provider. */
export interface DevClient {
  /** Its identifier. */
  readonly clientId: string
  /** Its secret, for `client_secret_basic` and `client_secret_post`. */
  readonly clientSecret: string
  /** Where answers may be sent, compared as text. Loopback only. Default: any loopback URI. */
  readonly redirectUris?: readonly string[] | undefined
  /** Where a logout may lead, compared as text. Loopback only. Default: any loopback URI. */
  readonly postLogoutRedirectUris?: readonly string[] | undefined
  /** Where logout tokens are posted. Loopback only. Default: nowhere. Profile `oidc` only. */
  readonly backchannelLogoutUri?: string | undefined
}

/**
 * The client that exists when none is given. Its secret is no secret: it opens nothing but made-up accounts on this
 * machine.
 */
export const defaultClient: DevClient = { clientId: 'latchkey', clientSecret: 'latchkey-development-secret' }
