import type { ClientOptions, Provider } from './provider.ts'
import { provider } from './define-provider.ts'
import { standardIdentity } from './standard-claims.ts'

/** The options of {@link oidc}. */
export interface OidcOptions extends ClientOptions {
  /** The provider's name in URLs and in identities. */
  readonly name: string
  /** The issuer, to the byte. Its metadata is discovered there. */
  readonly issuer: string
  /** Where the secret is sent. Default: in the Authorization header. */
  readonly clientAuthentication?: Provider['clientAuthentication']
  /** `'form_post'` makes the provider answer by POST. Default: `'query'`. */
  readonly responseMode?: Provider['responseMode']
  /** More parameters for the authorization request, such as `{ audience: '...' }`. */
  readonly parameters?: Provider['parameters']
  /** Whether the userinfo endpoint is asked at login. Default: if there is one. */
  readonly userinfo?: boolean | undefined
}

/**
 * Login with any OpenID provider: Keycloak, Auth0, Okta, Zitadel, Authentik and so on. Asks for `openid profile email`.
 *
 * @example
 * ```ts
 * oidc({ name: 'acme', issuer: 'https://login.acme.example', clientId: ACME_ID, clientSecret: ACME_SECRET })
 * ```
 * @see [OpenID Connect Core 1.0 §3.1](https://openid.net/specs/openid-connect-core-1_0.html#CodeFlowAuth)
 */
export function oidc(options: OidcOptions): Provider {
  return provider({
    ...options,
    scopes: options.scopes ?? ['openid', 'profile', 'email'],
    toIdentity: standardIdentity
  })
}
