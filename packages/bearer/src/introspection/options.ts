import { fetchableUrl } from '@latchkey/issuer'
import { asGiven, flag, integer, members, oneOf, optional, type Schema, text } from '@latchkey/options'

/**
 * How the server asks an issuer about its tokens. An answer that names this server in `aud`, and has no `token_type`, `typ` and
 * `token_use`, counts as an answer about an access token. If an issuer answers in this way about refresh tokens, this server
 * accepts refresh tokens.
 *
 * @example
 * ```ts
 * const introspection: IntrospectionOptions = { clientId: 'api', clientSecret: INTROSPECTION_SECRET, ttl: 30 }
 * ```
 * @see [RFC 7662](https://www.rfc-editor.org/rfc/rfc7662)
 */
export interface IntrospectionOptions {
  /** The client id of this server at the issuer. Use a client that does nothing but introspection. */
  readonly clientId: string
  /** The secret of this client. It is sent to the endpoint only. */
  readonly clientSecret: string
  /**
   * The URL of the introspection endpoint. Default: the `introspection_endpoint` in the metadata of the issuer. The metadata is
   * fetched when the first token is introspected.
   */
  readonly endpoint?: string
  /**
   * How this server authenticates: `'client_secret_basic'` sends id and secret form-encoded in a header, `'client_secret_post'`
   * sends them in the form, for issuers that do not decode the header. Default: `'client_secret_basic'`.
   */
  readonly authMethod?: 'client_secret_basic' | 'client_secret_post'
  /**
   * Accepts answers without `aud`. Set it only if the issuer guarantees that the endpoint reports tokens for other servers as
   * inactive to this client. An answer without `aud` must have the `token_type` `Bearer` or `DPoP`, since refresh tokens are
   * active too. An answer with `aud` must still name this server. Default: `false`.
   *
   * @deprecated This server accepts every active token of the issuer, also a token for another server.
   */
  readonly insecureAcceptMissingAudience?: boolean
  /**
   * How long an answer is used, in seconds from 0 to 3600, but never after the token's `exp`. 0 asks on every request. A
   * revoked token may still be accepted for this time. Default: 60.
   */
  readonly ttl?: number
  /** How long a refusal is used, in seconds from 0 to 3600. Default: 10. */
  readonly negativeTtl?: number
  /** The time limit of each request to the issuer, in milliseconds from 1 to 5000. Default: 5000. */
  readonly timeout?: number
  /** The maximum number of remembered answers, and also of remembered refusals, from 1 to 1,000,000. Default: 10,000. */
  readonly maxEntries?: number
}

const LONGEST = 3600

/** The schema of {@link IntrospectionOptions}. The object is not copied. */
export const introspectionOptions: Schema<IntrospectionOptions> = asGiven(
  members({
    clientId: text,
    clientSecret: text,
    endpoint: optional(fetchableUrl),
    authMethod: optional(oneOf('client_secret_basic', 'client_secret_post')),
    insecureAcceptMissingAudience: optional(flag),
    ttl: optional(integer(0, LONGEST, 'seconds')),
    negativeTtl: optional(integer(0, LONGEST, 'seconds')),
    timeout: optional(integer(1, 5000, 'milliseconds')),
    maxEntries: optional(integer(1, 1_000_000, 'entries'))
  })
)
