import { fetchJson } from '@latchkey/issuer'
import { LoginError } from './errors.ts'
import type { Claims } from './provider.ts'
import { upstreamFailure } from './upstream-failure.ts'

/**
 * What the provider says of whoever an access token is for.
 *
 * @throws LoginError
 */
export async function fetchUserinfo(url: string, accessToken: string): Promise<Claims> {
  const headers = { authorization: `Bearer ${accessToken}`, 'user-agent': 'latchkey' }
  const { body } = await fetchJson(url, { headers }).catch(upstreamFailure)
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw new LoginError('provider_error', { cause: 'the userinfo endpoint gave no JSON object' })
  }
  return body as Claims // an object of JSON
}
