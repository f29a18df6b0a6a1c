import type { ButtonBrand } from '@latchkey/pages'

/** The content of a provider's answer, unchanged and unchecked. */
export type Claims = Readonly<Record<string, unknown>>

/** The endpoints of a provider. All are https, or http on a loopback host. */
export interface ProviderEndpoints {
  /** The authorization endpoint, where the browser is sent. */
  readonly authorization: string
  /** The token endpoint, which exchanges a code for tokens. */
  readonly token: string
  /** The userinfo endpoint. Without it, the ID token must contain the identity. */
  readonly userinfo?: string | undefined
  /** The revocation endpoint (RFC 7009). */
  readonly revocation?: string | undefined
  /** The URL of the keys that sign ID tokens. */
  readonly jwks?: string | undefined
  /** The end-session endpoint, where the browser ends its session with the provider. */
  readonly endSession?: string | undefined
}

/** The data of a provider about a user at one login. */
export interface ProviderSources {
  /** The claims of the verified ID token; empty if the provider sends none. */
  readonly claims: Claims
  /** The answer of the userinfo endpoint; empty if it was not asked. */
  readonly userinfo: Claims
  /** The parameter `user` of the callback, empty without it. Not trustworthy: the browser can send any value. */
  readonly user: Claims
}

/** An identity from a provider, before it is checked. Each member may have any type. */
export interface ClaimedIdentity {
  /** The provider's identifier of the user, which never changes. A login without one is refused. */
  readonly subject: unknown
  readonly name?: unknown
  readonly email?: unknown
  /** Only `true` means that the provider has verified the address. */
  readonly emailVerified?: unknown
  /** The URL of a picture. */
  readonly picture?: unknown
}

/** The mark of a provider on its button. */
export interface ProviderMark {
  /**
   * An inline SVG, from `<svg` to `</svg>`, with a `viewBox`. It has shapes and gradients alone, and attributes in double quotes:
   * scripts, styles, links, images and entities are refused. Use `fill`, and `currentColor` for the colour of the text.
   */
  readonly svg: string
  /** The provider whose colours the button has, and whose rules the wording follows. Default: the colours of the page. */
  readonly brand?: ButtonBrand | undefined
}

/**
 * A provider is plain data: the client id and secret, the endpoints, and a function that finds the identity in its answers.
 *
 * With `issuer` it is an OpenID provider: its ID tokens are verified, and its endpoints are discovered if `endpoints` is
 * missing. Without `issuer` it needs `endpoints` with `userinfo`.
 */
export interface Provider {
  /** Its name in URLs and in identities: lower-case letters, digits and hyphens. Never change it: accounts are found by it. */
  readonly name: string
  /** Its name for display. Default: `name`. */
  readonly displayName?: string | undefined
  /** The mark on its button. Default: none. */
  readonly mark?: ProviderMark | undefined
  /** The client id of this application at the provider. */
  readonly clientId: string
  /**
   * The client secret, or a function that returns it. The function is called before each call to the provider, so it should
   * answer from memory. It has a limit of five seconds.
   */
  readonly clientSecret: string | (() => string | Promise<string>)
  /** The scopes to ask for. No other scope is ever sent. */
  readonly scopes: readonly string[]
  /** The issuer of ID tokens, to the byte. */
  readonly issuer?: string | undefined
  /** The endpoints, instead of discovery. */
  readonly endpoints?: ProviderEndpoints | undefined
  /**
   * For a provider with many issuers: returns the issuer that a token with these claims must have. The claims are not verified
   * yet. Default: `issuer`.
   */
  readonly issuerOf?: ((claims: Claims) => string) | undefined
  /** Where the secret is sent: in the Authorization header (default), or in the body. */
  readonly clientAuthentication?: 'client_secret_basic' | 'client_secret_post' | undefined
  /** `'form_post'` for a provider that answers by a POST from its own site. Default: `'query'`. */
  readonly responseMode?: 'query' | 'form_post' | undefined
  /**
   * More parameters for the authorization request. They cannot replace the parameters of the protocol. A `prompt` here has
   * precedence over the `prompt` of a link. It does not replace the prompt of a fresh login: the provider is then asked for
   * both.
   */
  readonly parameters?: Readonly<Record<string, string>> | undefined
  /**
   * The parameters that ask the provider for a fresh login, even if the user is still logged in there. Default: `prompt=login`,
   * and with an `issuer` also `max_age=0`. Its ID token must then have `auth_time`.
   *
   * @see [OpenID Connect Core 1.0 §3.1.2.1](https://openid.net/specs/openid-connect-core-1_0.html#AuthRequest)
   */
  readonly freshLogin?: Readonly<Record<string, string>> | undefined
  /**
   * Whether a login without `auth_time` counts as one of now, even if a fresh login is needed. Does not replace an `auth_time`
   * that the provider sends. Default: `false`. The time is then unknown: such a login is neither recent nor fresh.
   *
   * @deprecated A person at a browser that is logged in with the provider can pass as the user without a password.
   */
  readonly insecureTrustUnprovenLogin?: boolean | undefined
  /** Whether the userinfo endpoint is asked at login. Default: if there is one. */
  readonly userinfo?: boolean | undefined
  /**
   * Corrects an answer of the token endpoint before it is read. Receives the JSON object as the provider sent it, including
   * error answers. Returns an object with the members of RFC 6749 (§5.1, or §5.2 for an error). Not async. If it throws, the
   * login fails with 502 `provider_error`. Default: the answer is read as it is. Members that are `null` or `''` then count as
   * left out, and an answer without `token_type` has a Bearer token.
   *
   * @example
   * ```ts
   * // All tokens live for two hours, but the provider does not send expires_in.
   * provider({ ...data, tokenResponse: (answer) => ({ expires_in: 7200, ...answer }) })
   * ```
   * @see [RFC 6749 §5.1](https://www.rfc-editor.org/rfc/rfc6749#section-5.1)
   */
  readonly tokenResponse?: ((answer: Claims) => Claims) | undefined
  /** Whether a user with these claims may log in: only `true` accepts the user. Default: all users. */
  readonly accepts?: ((sources: ProviderSources) => boolean) | undefined
  /** Returns the identity from the data of the provider. Need not check it: the caller does. */
  readonly toIdentity: (sources: ProviderSources) => ClaimedIdentity
}

/** The options that every provider function has. */
export interface ClientOptions {
  /** The client id of this application at the provider. */
  readonly clientId: string
  /** The client secret. */
  readonly clientSecret: string
  /** The provider's name in URLs and in identities. Default: that of the function. */
  readonly name?: string | undefined
  /** Its name for display. */
  readonly displayName?: string | undefined
  /** The mark on its button. Default: that of the provider, or none for `oidc()`. */
  readonly mark?: ProviderMark | undefined
  /** The scopes to ask for, instead of the default ones. */
  readonly scopes?: readonly string[] | undefined
  /**
   * Whether a login without `auth_time` counts as one of now, for `recentLogin()` and for `prompt=login`. Default: `false`.
   *
   * @deprecated A person at a browser that is logged in with the provider can pass as the user without a password.
   */
  readonly insecureTrustUnprovenLogin?: boolean | undefined
}
