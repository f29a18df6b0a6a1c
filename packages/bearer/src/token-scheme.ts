import type { SecurityScheme } from '@latchkey/guard'

/**
 * The scheme of access tokens in an OpenAPI document.
 *
 * @param isJwt - whether all of them are JWTs
 * @param rest - the rest of the sentence about them
 */
export function tokenScheme(scheme: 'bearer' | 'DPoP', isJwt: boolean, rest: string): SecurityScheme {
  const known = { type: 'http', scheme } as const
  if (!isJwt) return { ...known, description: `An access token ${rest}.` }
  return { ...known, bearerFormat: 'JWT', description: `A JWT access token ${rest}.` }
}
