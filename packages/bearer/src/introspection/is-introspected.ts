import { type CompactJws, decodeObject, MANY_SIGNS, parseCompactJws } from '../compact-jws.ts'

/**
 * Whether a token must be introspected: it is not a compact JWS, or its `iss` is this issuer. Does not read anything else. A
 * token with a false `iss` is only sent to the wrong issuer.
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
  // JSON without escapes contains the name literally. If the name is missing, no parsing is needed.
  if (!payload.includes(issuer) && !payload.includes('\\')) return false
  try {
    return decodeObject(payload, MANY_SIGNS)['iss'] === issuer
  } catch {
    return false
  }
}
