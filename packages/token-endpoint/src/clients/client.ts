/**
 * A client of the token endpoint. The members are named as in RFC 7591.
 *
 * @example
 * ```ts
 * const { clientSecret, clientSecretHash } = generateClientSecret()
 * const job: Client = { clientId: 'job', clientSecretHash, grantTypes: ['client_credentials'], scopes: ['items:read'] }
 * ```
 * @see [RFC 6749 §2](https://www.rfc-editor.org/rfc/rfc6749#section-2)
 */
export interface Client {
  readonly clientId: string
  /** The result of `hashClientSecret()` for its secret. A client without it is public and cannot authenticate. */
  readonly clientSecretHash?: string
  /** How the client must send its secret. Default: either way. */
  readonly tokenEndpointAuthMethod?: 'client_secret_basic' | 'client_secret_post'
  /** The grant types that the client may use. If `refresh_token` is among them, every sign-in returns a refresh token. */
  readonly grantTypes: readonly string[]
  /** The scopes that the client may have. Default: all scopes of the user, and no scopes if the client acts for itself. */
  readonly scopes?: readonly string[]
  /** The resources that the client may get tokens for, out of those of the token endpoint. Default: all of them. */
  readonly resources?: readonly string[]
  /** The scopes for a request that names none. The user must have them too. Default: none. */
  readonly defaultScopes?: readonly string[]
  /**
   * Where `@latchkey/authorization-endpoint` may redirect a browser to: absolute URIs without a fragment. They are compared
   * exactly, but for the port of `127.0.0.1`, `[::1]` and `localhost`. https, http on those hosts, or a private-use scheme with
   * a dot, such as `com.example.app:/callback` (RFC 8252 §7). Default: none.
   */
  readonly redirectUris?: readonly string[]
  /** The name that the user sees on the consent page. Default: the `clientId`. */
  readonly clientName?: string
  /** Whether the client belongs to the owner of this server, so that no user is asked for consent. Default: false. */
  readonly isFirstParty?: boolean
  /** Whether the client must push its authorization requests (RFC 9126). Default: false. */
  readonly requirePushedAuthorizationRequests?: boolean
  /**
   * For a resource server: the audiences whose access tokens the client may introspect, also tokens of other clients. Only for
   * confidential clients. Default: the client may introspect only its own tokens.
   */
  readonly introspects?: readonly string[]
  /** Whether the client is refused like an unknown client. Its access tokens work until they expire. Default: false. */
  readonly disabled?: boolean
}

/** The clients of a token endpoint: a list, or a function that finds one. */
export type Clients = readonly Client[] | FindClient

/**
 * Finds a client by its identifier. Returns `undefined` or `null` for a client that is unknown or disabled; the answer is the
 * same for both. The `clientId` of the returned client must equal the argument. When the database does not answer, throws
 * guard's `UnavailableError`, or another error with `statusCode` 503. Any other error becomes a 500.
 */
export type FindClient = (clientId: string) => Promise<Client | undefined | null>
