import type { ClientOptions, Provider } from './provider.ts'
import { provider } from './define-provider.ts'
import { standardIdentity } from './standard-claims.ts'

/** The options of {@link oidc}. */
export interface OidcOptions extends ClientOptions {
  /** The provider's name in URLs and in identities. */
  readonly name: string
  /** The issuer, to the byte: its metadata is found under it. */
  readonly issuer: string
  /** Where the secret is sent. Default: in the Authorization header. */
  readonly clientAuthentication?: Provider['clientAuthentication']
  /** `'form_post'` lets the provider answer by POST. Default: `'query'`. */
  readonly responseMode?: Provider['responseMode']
  /** More parameters for the authorization request, such as `{ audience: '...' }`. */
  readonly parameters?: Provider['parameters']
  /** Whether the userinfo endpoint is asked at login. Default: when there is one. */
  readonly userinfo?: boolean | undefined
}

/**
 * Any OpenID provider: Keycloak, Auth0, Okta, Zitadel, Authentik and so on. Asks for `openid profile email`.
 *
 * @see [OpenID Connect Core 1.0 §3.1](https://openid.net/specs/openid-connect-core-1_0.html#CodeFlowAuth)
 */
export function oidc(options: OidcOptions): Provider {
  return provider({
    ...options,
    scopes: options.scopes ?? ['openid', 'profile', 'email'],
    toIdentity: standardIdentity
  })
}
