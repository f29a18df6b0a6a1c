import type { FastifyRequest } from 'fastify'
import type { Client } from '../clients/client.ts'

/**
 * One grant type of the token endpoint: `app.tokenEndpoint.addGrant(grant)`.
 *
 * @see [RFC 6749 §4](https://www.rfc-editor.org/rfc/rfc6749#section-4)
 */
export interface Grant {
  /** The value of the `grant_type` parameter. */
  readonly grantType: string
  /**
   * Whom the tokens are for and what they may carry. Called once the request is well-formed, the client is
   * authenticated and the client may use this grant.
   *
   * @throws TokenError with the RFC 6749 §5.2 code that the client is to see. Other errors are logged, without credentials and
   * the usual secret parameters: none may quote the value of a parameter of the grant's own
   */
  handle(request: TokenRequest): Promise<Granted>
}

/** A token request, once its form is known to be well-formed. */
export interface TokenRequest {
  /** The parameters: each was sent once, none is empty. */
  readonly parameters: ReadonlyMap<string, string>
  /** Who is asking: authenticated when confidential. */
  readonly client: Client
  /** The request itself, for its address and its log. */
  readonly request: FastifyRequest
}

/** What a grant answers. */
export interface Granted {
  /**
   * A user of this server, at most 255 characters, which must not begin with `client:`. Or, without `authenticatedAt`,
   * a client that acts for itself: `client:` and its identifier, which no user can have (RFC 9700 §4.15).
   */
  readonly subject: string
  /** All that the subject may have. What is issued is what of it was asked for and the client may have. */
  readonly scopes: Iterable<string>
  /**
   * When the user proved who they are, in seconds since the epoch. `null` when there is no user: then there is no
   * refresh token either (RFC 6749 §4.4.3).
   */
  readonly authenticatedAt: number | null
  /** What a request that names no scope gets. Default: the client's `defaultScopes`. Never more than `scopes`. */
  readonly defaultScopes?: Iterable<string>
  /**
   * The resources (RFC 8707) that the tokens may be for at most; none stands for the default one. Default: all that the
   * client may have.
   */
  readonly resources?: readonly string[]
  /** The refresh token family that these tokens continue. Default: a new one, if the client may refresh. */
  readonly family?: RefreshTokenFamily
}

/** A family of refresh tokens that a grant continues. */
export interface RefreshTokenFamily {
  readonly id: string
  /** Gives the next refresh token. Called last, when the access token is signed: what fails before consumes nothing. */
  rotate(): Promise<string>
}
