import { type Described, type ErrorClass, refusalClass } from '@latchkey/guard/plugin'
import { type AuthorizationTexts, english } from '@latchkey/pages'
import type { WayBack } from './pages.ts'

/**
 * The error codes of an authorization response.
 *
 * @see [RFC 6749 §4.1.2.1](https://www.rfc-editor.org/rfc/rfc6749#section-4.1.2.1)
 * @see [OpenID Connect Core 1.0 §3.1.2.6](https://openid.net/specs/openid-connect-core-1_0.html#AuthError)
 */
export type AuthorizationErrorCode =
  | 'invalid_request'
  | 'unauthorized_client'
  | 'access_denied'
  | 'unsupported_response_type'
  | 'invalid_scope'
  | 'invalid_target'
  | 'login_required'
  | 'consent_required'
  | 'request_not_supported'
  | 'request_uri_not_supported'
  | 'server_error'
  | 'temporarily_unavailable'

const Refused: ErrorClass<Described> = refusalClass('LATCHKEY_AUTHORIZATION_ERROR', '%s', 400)

/**
 * A refused authorization request. The client gets the code and the description by redirect. The description is public: never
 * put request data in it.
 */
export class AuthorizationError extends Refused {
  readonly error: AuthorizationErrorCode

  constructor(error: AuthorizationErrorCode, description: string, options: { cause?: unknown } = {}) {
    super(description, { cause: options.cause })
    this.error = error
  }
}

const Shown: ErrorClass<Described> = refusalClass('LATCHKEY_AUTHORIZATION_PAGE_ERROR', '%s', 400)

/** Returns the sentence for the user in the language of a page. */
type Sentence = (texts: AuthorizationTexts['fault']) => string

/**
 * A fault that the user sees on a page, because the browser must not be redirected to an unknown client or an unknown redirect
 * URI.
 *
 * @see [RFC 9700 §4.11](https://www.rfc-editor.org/rfc/rfc9700#section-4.11)
 */
export class AuthorizationPageError extends Shown {
  /** The way back to the app, for the user to decide about; `null` for none. */
  readonly back: WayBack | null

  readonly #sentence: Sentence

  constructor(
    sentence: Sentence,
    { statusCode = 400, back = null, cause }: { statusCode?: number; back?: WayBack | null; cause?: unknown } = {}
  ) {
    super(sentence(english.authorization.fault), { cause })
    this.#sentence = sentence
    this.statusCode = statusCode
    this.back = back
  }

  /** Returns the sentence for the user. `message` is in English. */
  messageIn(texts: AuthorizationTexts): string {
    return this.#sentence(texts.fault)
  }
}

/**
 * The error codes of a client's metadata.
 *
 * @see [RFC 7591 §3.2.2](https://www.rfc-editor.org/rfc/rfc7591#section-3.2.2)
 */
export type ClientMetadataErrorCode = 'invalid_redirect_uri' | 'invalid_client_metadata'

const Unusable: ErrorClass<[description: string]> = refusalClass('LATCHKEY_CLIENT_METADATA_ERROR', '%s', 400)

/** The metadata of a client that cannot be used. The description is public: never put the metadata in it. */
export class ClientMetadataError extends Unusable {
  readonly error: ClientMetadataErrorCode

  constructor(error: ClientMetadataErrorCode, description: string, statusCode = 400) {
    super(description)
    this.error = error
    this.statusCode = statusCode
  }
}
