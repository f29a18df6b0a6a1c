/** The well-known location of the metadata: that of OpenID Connect Discovery, or that of OAuth 2.0 (RFC 8414). */
export type MetadataForm = 'oidc' | 'oauth'

/**
 * Returns the URL of an issuer's metadata: after the issuer for OpenID Connect, between its host and its path for OAuth 2.0.
 *
 * @see [OpenID Connect Discovery 1.0 §4](https://openid.net/specs/openid-connect-discovery-1_0.html#ProviderConfig)
 * @see [RFC 8414 §3](https://www.rfc-editor.org/rfc/rfc8414#section-3)
 */
export function metadataUrl(issuer: string, form: MetadataForm): string {
  const { origin, pathname } = new URL(issuer)
  const path = pathname.replace(/\/$/, '')
  return form === 'oidc'
    ? `${origin}${path}/.well-known/openid-configuration`
    : `${origin}/.well-known/oauth-authorization-server${path}`
}
