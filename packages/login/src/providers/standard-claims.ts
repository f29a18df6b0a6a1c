import type { ClaimedIdentity, ProviderSources } from './provider.ts'

/**
 * Returns the identity in the standard claims: those of the ID token, and for missing ones those of the userinfo endpoint.
 *
 * @see [OpenID Connect Core 1.0 §5.1](https://openid.net/specs/openid-connect-core-1_0.html#StandardClaims)
 */
export function standardIdentity({ claims, userinfo }: ProviderSources): ClaimedIdentity {
  const said = { ...userinfo, ...claims }
  // An address and its verification must come from the same source.
  const { email, email_verified: emailVerified } = claims['email'] === undefined ? userinfo : claims
  const { sub: subject, name = said['preferred_username'], picture } = said
  return { subject, name, email, emailVerified, picture }
}
