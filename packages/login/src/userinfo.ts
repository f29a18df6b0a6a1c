import { fetchJson, UpstreamError } from '@latchkey/issuer'
import { LoginError } from './errors.ts'
import type { Claims } from './provider.ts'
import { upstreamFailure } from './upstream-failure.ts'

/**
 * What the provider says of whoever an access token is for. `null` when it does not take the token (401): it was withdrawn.
 *
 * @throws LoginError
 */
export async function fetchUserinfo(url: string, accessToken: string): Promise<Claims | null> {
  const headers = { authorization: `Bearer ${accessToken}`, 'user-agent': 'latchkey' }
  const answer = await fetchJson(url, { headers }).catch((error: unknown) => {
    return error instanceof UpstreamError && error.status === 401 ? null : upstreamFailure(error)
  })
  if (answer === null) return null
  const { body } = answer
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw new LoginError('provider_error', { cause: 'the userinfo endpoint gave no JSON object' })
  }
  return body as Claims // an object of JSON
}
