import { fetchText, UpstreamError } from '@latchkey/issuer'
import { LoginError } from '../errors.ts'
import { verifyProviderToken } from './id-token.ts'
import type { Verification } from './provider-claims.ts'
import type { Claims } from '../providers/provider.ts'
import type { RelyingParty } from './relying-party.ts'
import { jsonObject } from './token-answer.ts'
import { upstreamFailure } from './upstream-failure.ts'

/**
 * Fetches the userinfo for an access token: JSON with any content type, or a JWT that the provider has signed. Returns
 * `null` when the provider refuses the token (401), because it was withdrawn.
 *
 * @throws LoginError
 * @see [OpenID Connect Core 1.0 §5.3.2](https://openid.net/specs/openid-connect-core-1_0.html#UserInfoResponse)
 */
export async function fetchUserinfo(
  url: string,
  accessToken: string,
  party: RelyingParty,
  verification: Verification
): Promise<Claims | null> {
  const headers = {
    accept: 'application/json, application/jwt;q=0.9',
    authorization: `Bearer ${accessToken}`,
    'user-agent': 'latchkey'
  }
  const answer = await fetchText(url, { headers }).catch((error: unknown) => {
    return error instanceof UpstreamError && error.status === 401 ? null : upstreamFailure(error)
  })
  if (answer === null) return null
  if (isJwt(answer.headers.get('content-type'))) return await signedUserinfo(answer.body, party, verification)
  const userinfo = jsonObject(answer.body)
  if (userinfo === null) {
    throw new LoginError('provider_error', { cause: 'the userinfo endpoint returned no JSON object' })
  }
  return userinfo
}

async function signedUserinfo(jwt: string, party: RelyingParty, verification: Verification): Promise<Claims> {
  if (party.provider.issuer === undefined) {
    throw new LoginError('provider_error', {
      cause: 'the userinfo endpoint returned a JWT, but the provider has no issuer'
    })
  }
  // "the signed UserInfo Response SHOULD contain the Claims iss (issuer) and aud (audience) as members": they are checked if
  // they are there.
  const demands = { ...verification, requiredClaims: ['sub'] }
  return (await verifyProviderToken(jwt.trim(), party, ['jwt'], demands)).payload
}

function isJwt(contentType: string | null): boolean {
  return /^application\/jwt\s*(?:;|$)/i.test(String(contentType))
}
