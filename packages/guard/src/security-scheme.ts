/** The scopes of an OAuth flow with their descriptions. */
export type ScopeDescriptions = Readonly<Record<string, string>>

/** An OpenAPI Security Scheme Object, with the members that Latchkey uses. */
export type SecurityScheme =
  | { readonly type: 'http'; readonly scheme: string; readonly bearerFormat?: string; readonly description?: string }
  | {
      readonly type: 'apiKey'
      readonly in: 'cookie' | 'header' | 'query'
      readonly name: string
      readonly description?: string
    }
  | { readonly type: 'openIdConnect'; readonly openIdConnectUrl: string; readonly description?: string }
  | { readonly type: 'oauth2'; readonly flows: OAuthFlows; readonly description?: string }

/**
 * The flows of an `oauth2` security scheme.
 *
 * @see [OpenAPI 3.1 OAuth Flows Object](https://spec.openapis.org/oas/v3.1.1#oauth-flows-object)
 */
export interface OAuthFlows {
  readonly password?: { readonly tokenUrl: string; readonly refreshUrl?: string; readonly scopes: ScopeDescriptions }
  readonly clientCredentials?: { readonly tokenUrl: string; readonly scopes: ScopeDescriptions }
  readonly authorizationCode?: {
    readonly authorizationUrl: string
    readonly tokenUrl: string
    readonly refreshUrl?: string
    readonly scopes: ScopeDescriptions
  }
}

/**
 * A documented way to get or send credentials. An authenticator brings its own. An issuer of credentials that an authenticator
 * accepts adds one with `app.guard.addSecurityScheme()`.
 */
export interface DocumentedScheme {
  /** The key in `components.securitySchemes`. */
  readonly name: string
  /**
   * The `scheme` of the authenticator that accepts the credentials. Without that authenticator, the scheme is not documented.
   */
  readonly opens: string
  /** Returns the scheme. Called each time a document is made, so that it includes later registrations. */
  definition(): SecurityScheme
}
