/**
 * A client of the token endpoint, in the words of RFC 7591.
 *
 * @see [RFC 6749 §2](https://www.rfc-editor.org/rfc/rfc6749#section-2)
 */
export interface Client {
  readonly clientId: string
  /** What `hashClientSecret()` made of its secret. Without it the client is public and cannot prove who it is. */
  readonly clientSecretHash?: string
  /** How it must send its secret. Default: in either way. */
  readonly tokenEndpointAuthMethod?: 'client_secret_basic' | 'client_secret_post'
  /** The grant types that it may use. `refresh_token` is one: with it every sign-in gives a refresh token. */
  readonly grantTypes: readonly string[]
  /** The scopes that it may have; without it, all that its user may have, and none where it acts for itself. */
  readonly scopes?: readonly string[]
  /** The resources that it may have tokens for, out of those of the token endpoint. Default: all of them. */
  readonly resources?: readonly string[]
  /** The scopes of a request that names none, as far as its user may have them. Default: none. */
  readonly defaultScopes?: readonly string[]
  /**
   * As a resource server: the audiences whose access tokens it may introspect, whoever they were issued to. Only a
   * confidential client can. Default: it may introspect only what was issued to itself.
   */
  readonly introspects?: readonly string[]
  /** Whether it is refused as if it did not exist. Access tokens that it has work until they expire. Default: false. */
  readonly disabled?: boolean
}
