import type { StoredRefreshToken } from '@latchkey/store'
import type { JSONWebKeySet, JWTPayload, JWTVerifyGetKey } from 'jose'
import { jose } from '../keys/jose.ts'
import type { RefreshTokens } from '../tokens/refresh-token-records.ts'

/** The claims of an access token that this endpoint signed. */
export interface OwnClaims extends JWTPayload {
  readonly jti: string
  readonly sub: string
  readonly aud: string | string[]
  readonly exp: number
}

/** A token that a client presents for introspection or revocation. */
export type PresentedToken =
  | { readonly kind: 'access'; readonly clientId: unknown; readonly claims: OwnClaims }
  | { readonly kind: 'refresh'; readonly clientId: unknown; readonly stored: StoredRefreshToken }

/**
 * Finds a token: an access token that this endpoint signed, or a refresh token that it stored. `null` when it is neither, or
 * has expired. The two kinds differ in form, so `token_type_hint` is not needed. Does not check whether an access token is
 * revoked.
 *
 * @param tolerance - the number of seconds for which an expired access token is still accepted
 */
export type FindToken = (token: string, tolerance: number) => Promise<PresentedToken | null>

export interface FindTokenDependencies {
  readonly issuer: string
  /** All possible audiences of its access tokens. */
  readonly audiences: readonly string[]
  readonly algorithms: readonly string[]
  readonly jwks: () => JSONWebKeySet
  readonly refreshTokens: RefreshTokens
  readonly now: () => number
}

/** Finds tokens by their text. Verifies the signature of an access token before it uses any claim. */
export function tokenFinder({
  issuer,
  audiences,
  algorithms,
  jwks,
  refreshTokens,
  now
}: FindTokenDependencies): FindToken {
  const keySets = new WeakMap<JSONWebKeySet, JWTVerifyGetKey>()

  return async (token, tolerance) => {
    if (token.includes('.')) {
      const claims = await verified(token, tolerance)
      return claims && { kind: 'access', clientId: claims.client_id, claims }
    }
    const stored = await refreshTokens.find(token)
    return stored && { kind: 'refresh', clientId: stored.clientId, stored }
  }

  async function verified(token: string, tolerance: number): Promise<OwnClaims | null> {
    const { createLocalJWKSet, errors, jwtVerify } = await jose.get()
    const keys = jwks()
    const keySet = keySets.get(keys) ?? createLocalJWKSet(keys)
    keySets.set(keys, keySet)
    try {
      const { payload } = await jwtVerify(token, keySet, {
        issuer,
        audience: [...audiences],
        typ: 'at+jwt',
        algorithms: [...algorithms],
        currentDate: new Date(now()),
        clockTolerance: tolerance,
        requiredClaims: ['exp']
      })
      return isOwn(payload) ? payload : null
    } catch (error) {
      if (error instanceof errors.JOSEError) return null
      throw error
    }
  }
}

function isOwn(claims: JWTPayload): claims is OwnClaims {
  return typeof claims.jti === 'string' && typeof claims.sub === 'string'
}
