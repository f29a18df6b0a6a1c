import type { FastifyRequest } from 'fastify'
import type { Client } from '../clients/client.ts'
import type { TokenClaims } from '../tokens/claims.ts'

/**
 * One grant type of the token endpoint.
 *
 * @example
 * ```ts
 * app.tokenEndpoint.addGrant({
 *   grantType: 'urn:example:pin',
 *   async handle({ parameters }) {
 *     if (parameters.get('pin') !== '7392') throw new TokenError('invalid_grant', 'The PIN is wrong')
 *     return { subject: 'alice', scopes: ['items:read'], authenticatedAt: Math.floor(Date.now() / 1000) }
 *   }
 * })
 * ```
 * @see [RFC 6749 §4](https://www.rfc-editor.org/rfc/rfc6749#section-4)
 */
export interface Grant {
  /** The value of the `grant_type` parameter. */
  readonly grantType: string
  /**
   * Returns the subject of the tokens and the most that they may carry. Called after the form was parsed, the client was
   * authenticated and its `grantTypes` were checked.
   *
   * @throws TokenError with the RFC 6749 §5.2 code for the client. Other errors are logged; credentials and the usual secret
   * parameters are removed from them. An error must not quote a parameter that is specific to this grant
   */
  handle(request: TokenRequest): Promise<Granted>
}

/** A token request with a well-formed form. */
export interface TokenRequest {
  /** The parameters. Each was sent once, and none is empty. */
  readonly parameters: ReadonlyMap<string, string>
  /** The client. A confidential client is authenticated. */
  readonly client: Client
  /** The Fastify request, for its address and its log. */
  readonly request: FastifyRequest
}

/** The result of a grant. */
export interface Granted {
  /**
   * A user of this server: at most 255 characters, not beginning with `client:`. Or, if `authenticatedAt` is `null`, a client
   * that acts for itself: `client:` and its identifier. No user can have such a subject (RFC 9700 §4.15).
   */
  readonly subject: string
  /** All scopes of the subject. The token gets those of them that were requested and that the client may have. */
  readonly scopes: Iterable<string>
  /**
   * When the user authenticated, in seconds since the epoch; 0 when the time is unknown, and then the tokens have no `auth_time`.
   * `null` when there is no user; then no refresh token is issued either (RFC 6749 §4.4.3).
   */
  readonly authenticatedAt: number | null
  /** The scopes for a request that names none. Never more than `scopes`. Default: the client's `defaultScopes`. */
  readonly defaultScopes?: Iterable<string>
  /**
   * The most resources (RFC 8707) that the tokens may be for. An empty list means the default resource. Default: all resources
   * of the client.
   */
  readonly resources?: readonly string[]
  /**
   * Claims of the application for this access token. Not kept with the refresh token: at a refresh, only the option `tokenClaims`
   * adds claims. Default: none.
   *
   * @example claims: { tenant: 'acme' }
   */
  readonly claims?: TokenClaims
  /**
   * The identifier for the family of these tokens, chosen before they are issued, so that they can be revoked with
   * `app.tokenEndpoint.revokeFamily()` at any time: 1 to 64 letters, digits, `-` and `_`, and new for each sign-in. If the family
   * is revoked while they are issued, the client gets `invalid_grant` and the tokens do not work. Default: a random identifier.
   */
  readonly familyId?: string
  /**
   * Marks the credential of the request as used, such as a code that works once. Called after all that can be refused was
   * checked and the access token was signed, so an earlier failure uses nothing up. Default: there is nothing to mark.
   *
   * @throws TokenError when another request was first
   *
   * @example consume: async () => { if (!(await codes.use(code))) throw new TokenError('invalid_grant', 'The code was used') }
   */
  readonly consume?: () => Promise<void>
  /** The refresh token family that these tokens continue. Default: a new family, if the client may refresh. */
  readonly family?: RefreshTokenFamily
}

/** A family of refresh tokens that a grant continues. */
export interface RefreshTokenFamily {
  readonly id: string
  /** Returns the next refresh token. Called last, after the access token is signed, so an earlier failure consumes nothing. */
  rotate(): Promise<string>
}
