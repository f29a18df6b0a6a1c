/** A client that is registered with the provider. */
export interface DevClient {
  /** The client id. */
  readonly clientId: string
  /** The client secret, for `client_secret_basic` and `client_secret_post`. */
  readonly clientSecret: string
  /** The allowed redirect URIs, compared exactly. Loopback only. Default: any loopback URI. */
  readonly redirectUris?: readonly string[] | undefined
  /** The allowed redirect URIs of a logout, compared exactly. Loopback only. Default: any loopback URI. */
  readonly postLogoutRedirectUris?: readonly string[] | undefined
  /** The URL that logout tokens are posted to. Loopback only. Default: none. Profile `oidc` only. */
  readonly backchannelLogoutUri?: string | undefined
}

/** The default client. Its secret is public: it gives access only to fictional accounts on this machine. */
export const defaultClient: DevClient = { clientId: 'latchkey', clientSecret: 'latchkey-development-secret' }
