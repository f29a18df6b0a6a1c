import { decodeObject, parseCompactJws } from './compact-jws.ts'

/**
 * Whether a token is for its issuer to explain: it is no compact JWS, or one that says that it is of this issuer. Nothing
 * else is read from it, and this only decides who is asked: whoever lies about it asks the wrong one.
 */
export function isIntrospected(token: string, issuer: string): boolean {
  try {
    return decodeObject(parseCompactJws(token).payload)['iss'] === issuer
  } catch {
    return true
  }
}
