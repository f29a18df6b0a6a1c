/** What a provider said, as it said it: nothing in it is checked. */
export type Claims = Readonly<Record<string, unknown>>

/** Where a provider is asked. All are https, or http on a loopback host. */
export interface ProviderEndpoints {
  /** Where the browser is sent. */
  readonly authorization: string
  /** Where a code becomes tokens. */
  readonly token: string
  /** Where the profile of the person is. Without it, the ID token must say enough. */
  readonly userinfo?: string | undefined
  /** Where tokens are revoked (RFC 7009). */
  readonly revocation?: string | undefined
  /** The keys that sign ID tokens. */
  readonly jwks?: string | undefined
  /** Where the browser ends its session with the provider. */
  readonly endSession?: string | undefined
}

/** All that a provider said of a person at one login. */
export interface ProviderSources {
  /** The claims of the verified ID token; empty for a provider that sends none. */
  readonly claims: Claims
  /** What the userinfo endpoint said; empty when it was not asked. */
  readonly userinfo: Claims
  /** What the browser brought along in the parameter `user`: anybody can write anything there. Empty without it. */
  readonly user: Claims
}

/** Who a provider says that somebody is, before it is checked. Anything may be of any type. */
export interface ClaimedIdentity {
  /** The provider's identifier of the person, which never changes. A login without one is refused. */
  readonly subject: unknown
  readonly name?: unknown
  readonly email?: unknown
  /** Only `true` means that the provider has verified the address. */
  readonly emailVerified?: unknown
  /** The URL of a picture. */
  readonly picture?: unknown
}

/**
 * A provider is data: who this application is to it, where it is asked, and where in its answers the person is.
 *
 * With `issuer` it is an OpenID provider: its ID tokens are verified, and what `endpoints` does not say is discovered.
 * Without, it needs `endpoints` with `userinfo`.
 */
export interface Provider {
  /** Its name in URLs and in identities: small letters, digits and hyphens. Never changes: accounts are found by it. */
  readonly name: string
  /** Its name for people. Default: `name`. */
  readonly displayName?: string | undefined
  /** What the provider calls this application. */
  readonly clientId: string
  /**
   * The application's secret, or a function that makes one: asked before each call, so it should answer from memory. It has
   * five seconds.
   */
  readonly clientSecret: string | (() => string | Promise<string>)
  /** What is asked for: nothing else is ever sent as `scope`. */
  readonly scopes: readonly string[]
  /** The issuer of ID tokens, to the byte. */
  readonly issuer?: string | undefined
  /** Instead of discovery. */
  readonly endpoints?: ProviderEndpoints | undefined
  /**
   * For a provider of many issuers: the issuer that a token with such claims must have. The claims are not verified then.
   * Default: `issuer`.
   */
  readonly issuerOf?: ((claims: Claims) => string) | undefined
  /** Where the secret is sent: in the Authorization header (default), or in the body. */
  readonly clientAuthentication?: 'client_secret_basic' | 'client_secret_post' | undefined
  /** `'form_post'` for a provider that answers by a POST from its own site. Default: `'query'`. */
  readonly responseMode?: 'query' | 'form_post' | undefined
  /**
   * More parameters for the authorization request. They cannot replace those of the protocol. A `prompt` here wins over that
   * of a link, but does not take back that a login is to be fresh: there the provider is asked for both.
   */
  readonly parameters?: Readonly<Record<string, string>> | undefined
  /**
   * What asks the provider for a fresh login, of whoever is logged in there already. Default: `prompt=login`, and
   * `max_age=0` if it has an `issuer`, whose ID token must have `auth_time` then.
   *
   * @see [OpenID Connect Core 1.0 §3.1.2.1](https://openid.net/specs/openid-connect-core-1_0.html#AuthRequest)
   */
  readonly freshLogin?: Readonly<Record<string, string>> | undefined
  /**
   * Takes a login that the provider does not say the time of (`auth_time`) for one of now, also where a fresh one is needed:
   * whoever sits at a browser that is logged in with the provider may pass for the person then, without a password. Never
   * takes a time back that the provider says. Default: `false`, and the time is unknown: such a login is not recent, and
   * not fresh.
   */
  readonly trustUnprovenLogin?: boolean | undefined
  /** Whether the userinfo endpoint is asked at login. Default: when there is one. */
  readonly userinfo?: boolean | undefined
  /**
   * Mends an answer of the token endpoint before it is read: gets the JSON object as the provider sent it, refusals included,
   * and returns one with the members of RFC 6749 (§5.1, or §5.2 for a refusal). Not async. If it throws, the login fails with
   * 502 `provider_error`. Default: the answer is read as it is; members that are `null` or `''` count as left out, and an
   * answer without `token_type` is one with a Bearer token.
   *
   * @example
   * ```ts
   * // Tokens that live two hours, which the provider does not say.
   * provider({ ...data, tokenResponse: (answer) => ({ expires_in: 7200, ...answer }) })
   * ```
   * @see [RFC 6749 §5.1](https://www.rfc-editor.org/rfc/rfc6749#section-5.1)
   */
  readonly tokenResponse?: ((answer: Claims) => Claims) | undefined
  /** Whether a person with such claims may log in at all: nothing but `true` lets them in. Default: everybody. */
  readonly accepts?: ((sources: ProviderSources) => boolean) | undefined
  /** Where the person is in what the provider said. Checks nothing: the caller does. */
  readonly toIdentity: (sources: ProviderSources) => ClaimedIdentity
}

/** What every provider function takes. */
export interface ClientOptions {
  /** What the provider calls this application. */
  readonly clientId: string
  /** The application's secret. */
  readonly clientSecret: string
  /** The provider's name in URLs and in identities. Default: that of the function. */
  readonly name?: string | undefined
  /** Its name for people. */
  readonly displayName?: string | undefined
  /** What to ask for, instead of what is asked for by default. */
  readonly scopes?: readonly string[] | undefined
  /**
   * Whether a login that the provider does not say the time of counts as one of now, for `recentLogin()` and for
   * `prompt=login`. Default: `false`.
   *
   * @see {@link Provider.trustUnprovenLogin}
   */
  readonly trustUnprovenLogin?: boolean | undefined
}
