import { type Described, type ErrorClass, refusalClass } from '@latchkey/guard/plugin'

/**
 * The error codes of a token endpoint. The grant for devices has four codes of its own: `authorization_pending` (the user has
 * not decided yet), `slow_down` (the same, and the client must ask less often), `expired_token` and `access_denied`.
 *
 * @see [RFC 6749 §5.2](https://www.rfc-editor.org/rfc/rfc6749#section-5.2), [RFC 8707 §2](https://www.rfc-editor.org/rfc/rfc8707#section-2), [RFC 8628 §3.5](https://www.rfc-editor.org/rfc/rfc8628#section-3.5)
 */
export type TokenErrorCode =
  | 'invalid_request'
  | 'invalid_client'
  | 'invalid_grant'
  | 'unauthorized_client'
  | 'unsupported_grant_type'
  | 'invalid_scope'
  | 'invalid_target'
  | 'authorization_pending'
  | 'slow_down'
  | 'expired_token'
  | 'access_denied'
  | 'server_error'
  | 'temporarily_unavailable'

const STATUS: Readonly<Partial<Record<TokenErrorCode, number>>> = {
  invalid_client: 401,
  server_error: 500,
  temporarily_unavailable: 503
}

const Base: ErrorClass<Described> = refusalClass('LATCHKEY_TOKEN_ERROR', '%s', 400)

/**
 * A refused token request. The status is that of the code (400, 401, 500 or 503) unless `statusCode` is given. The description
 * is public: never put request data in it. Put private detail in `cause`, which only the log contains. `retryAfter` is the
 * `Retry-After` of a 429 or 503 in seconds. Default: 5.
 *
 * @example
 * ```ts
 * throw new TokenError('invalid_grant', 'The PIN is wrong')
 * ```
 * @see [RFC 6749 §5.2](https://www.rfc-editor.org/rfc/rfc6749#section-5.2)
 */
export class TokenError extends Base {
  readonly error: TokenErrorCode
  readonly retryAfter: number | undefined

  constructor(
    error: TokenErrorCode,
    description: string,
    options: { cause?: unknown; statusCode?: number; retryAfter?: number } = {}
  ) {
    super(description, { cause: options.cause })
    this.error = error
    this.retryAfter = options.retryAfter
    this.statusCode = options.statusCode ?? STATUS[error] ?? 400
  }
}
