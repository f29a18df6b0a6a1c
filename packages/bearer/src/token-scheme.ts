import type { SecurityScheme } from '@latchkey/guard'

/**
 * The scheme of access tokens in an OpenAPI document.
 *
 * @param isJwt - whether all of them are JWTs
 * @param place - the rest of the sentence about them
 */
export function tokenScheme(scheme: 'bearer' | 'DPoP', isJwt: boolean, place: string): SecurityScheme {
  const known = { type: 'http', scheme } as const
  if (!isJwt) return { ...known, description: `An access token ${place}.` }
  return { ...known, bearerFormat: 'JWT', description: `A JWT access token ${place}.` }
}
