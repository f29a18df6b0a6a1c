import { isUtf8 } from 'node:buffer'
import { asObject, frozenJson, type JsonObject } from './json-object.ts'
import { malformed } from './refusal.ts'

/** Longer tokens do not fit beside other headers in the 16 KiB that Node takes. */
const MAX_LENGTH = 8192

// Canonical base64url: four characters for three bytes, and no bits left over behind the last byte.
const SEGMENT = '(?:[A-Za-z0-9_-]{4})*(?:[A-Za-z0-9_-][AQgw]|[A-Za-z0-9_-]{2}[AEIMQUYcgkosw048])?'
const COMPACT_JWS = new RegExp(`^(?!\\.)${SEGMENT}\\.${SEGMENT}\\.(?!$)${SEGMENT}$`)

/** A token in JWS Compact Serialization, taken apart. Nothing in it is verified. */
export interface CompactJws {
  readonly header: JsonObject
  /** The payload, still in base64url. */
  readonly payload: string
}

/**
 * Takes a token apart once its syntax is right: at most 8 KiB, three segments, each in the only base64url spelling of
 * its bytes. So there is one text for a token, and a JWE (five segments) is refused before anything of it is decoded.
 * Does not verify anything.
 *
 * @throws InvalidTokenError
 * @see [RFC 7515 §7.1](https://www.rfc-editor.org/rfc/rfc7515#section-7.1)
 */
export function parseCompactJws(token: string): CompactJws {
  if (token.length > MAX_LENGTH) throw malformed('longer than 8 KiB')
  if (!COMPACT_JWS.test(token)) throw malformed('not a compact JWS in canonical base64url')
  const headerEnd = token.indexOf('.')
  return {
    header: decodeObject(token.slice(0, headerEnd)),
    payload: token.slice(headerEnd + 1, token.lastIndexOf('.'))
  }
}

/**
 * The JSON object in a segment.
 *
 * @throws InvalidTokenError when it is not UTF-8, not JSON or not an object
 */
export function decodeObject(segment: string): JsonObject {
  const bytes = Buffer.from(segment, 'base64url')
  if (!isUtf8(bytes)) throw malformed('a segment is not JSON')
  let value: unknown
  try {
    value = frozenJson(JSON.parse(bytes.toString()))
  } catch {
    throw malformed('a segment is not JSON')
  }
  const object = asObject(value)
  if (object === null) throw malformed('a segment is not an object')
  return object
}
