import { type CompactJws, decodeObject, MANY_SIGNS, parseCompactJws } from '../compact-jws.ts'

/**
 * Whether a token is for its issuer to explain: it is no compact JWS, or one that says that it is of this issuer. Nothing
 * else is read from it, and this only decides which issuer is asked: a token that lies about it is asked of the wrong one.
 */
export function isIntrospected(token: string, issuer: string): boolean {
  const jws = compactJws(token)
  return jws === null || names(jws, issuer)
}

function compactJws(token: string): CompactJws | null {
  try {
    return parseCompactJws(token)
  } catch {
    return null
  }
}

function names({ payload }: CompactJws, issuer: string): boolean {
  // JSON without escapes holds the name as it is: without the name it need not be parsed.
  if (!payload.includes(issuer) && !payload.includes('\\')) return false
  try {
    return decodeObject(payload, MANY_SIGNS)['iss'] === issuer
  } catch {
    return false
  }
}
