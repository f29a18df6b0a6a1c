import type { StoredRefreshToken } from '@latchkey/store'
import { createLocalJWKSet, errors, type JSONWebKeySet, type JWTPayload, jwtVerify, type JWTVerifyGetKey } from 'jose'
import type { RefreshTokens } from '../tokens/refresh-tokens.ts'

/** The claims of an access token that this endpoint signed. */
export interface OwnClaims extends JWTPayload {
  readonly jti: string
  readonly sub: string
  readonly aud: string | string[]
  readonly exp: number
}

/** What a client presents to ask about it, or to have it revoked. */
export type PresentedToken =
  | { readonly kind: 'access'; readonly clientId: unknown; readonly claims: OwnClaims }
  | { readonly kind: 'refresh'; readonly clientId: unknown; readonly stored: StoredRefreshToken }

/**
 * What a text is to this endpoint: an access token that it signed, a refresh token that it remembers, or `null` when it
 * is neither, or has expired. Access tokens and refresh tokens look different, so the hint of a client is not needed.
 * Does not say whether an access token is revoked.
 *
 * @param tolerance - by how many seconds an access token may have expired
 */
export type FindToken = (token: string, tolerance: number) => Promise<PresentedToken | null>

export interface FindTokenOptions {
  readonly issuer: string
  /** Whatever its access tokens can be for. */
  readonly audiences: readonly string[]
  readonly algorithms: readonly string[]
  readonly jwks: () => JSONWebKeySet
  readonly refreshTokens: RefreshTokens
  readonly now: () => number
}

/** Finds tokens by their text. Nothing is taken from an access token before its signature is verified. */
export function tokenFinder({ issuer, audiences, algorithms, jwks, refreshTokens, now }: FindTokenOptions): FindToken {
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
