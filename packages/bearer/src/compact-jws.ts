import { isUtf8 } from 'node:buffer'
import { isSimpleJson, type JsonObject } from './json-object.ts'
import { malformed } from './refusal.ts'

/** Longer tokens do not fit beside other headers in the 16 KiB that Node takes. */
const MAX_LENGTH = 8192

/** Brackets, commas and colons outside of strings: in a header, in a proof's claims, and in those of a token. */
export const FEW_SIGNS = 64
export const MANY_SIGNS = 1024

/** A token in JWS Compact Serialization, taken apart. Nothing in it is verified. */
export interface CompactJws {
  readonly header: JsonObject
  readonly payload: Buffer
}

/**
 * Takes a token apart once its syntax is right: at most 8 KiB, three segments, each in the only base64url spelling of
 * its bytes. So there is one text for a token, and a JWE (five segments) is refused before anything of it is parsed.
 * Does not verify anything.
 *
 * @throws InvalidTokenError
 * @see [RFC 7515 §7.1](https://www.rfc-editor.org/rfc/rfc7515#section-7.1)
 */
export function parseCompactJws(token: string): CompactJws {
  if (token.length > MAX_LENGTH) throw malformed('longer than 8 KiB')
  const headerEnd = token.indexOf('.')
  const payloadEnd = token.lastIndexOf('.')
  if (headerEnd < 1 || payloadEnd === headerEnd || payloadEnd === token.length - 1) throw notCompact()
  const header = bytesOf(token.slice(0, headerEnd))
  const payload = bytesOf(token.slice(headerEnd + 1, payloadEnd))
  bytesOf(token.slice(payloadEnd + 1))
  return { header: decodeObject(header, FEW_SIGNS), payload }
}

/** Decoded and encoded again, the only spelling of some bytes stays the same. */
function bytesOf(segment: string): Buffer {
  const bytes = Buffer.from(segment, 'base64url')
  if (bytes.toString('base64url') !== segment) throw notCompact()
  return bytes
}

function notCompact(): Error {
  return malformed('not a compact JWS in canonical base64url')
}

/**
 * The JSON object in a segment, without a prototype. Walks through nothing that is in it: it is not frozen.
 *
 * @param mostSigns - how many brackets, commas and colons there may be outside of strings
 * @throws InvalidTokenError when it is not UTF-8, not JSON, not an object or too complex
 */
export function decodeObject(bytes: Buffer, mostSigns: number): JsonObject {
  if (!isUtf8(bytes)) throw malformed('a segment is not JSON')
  if (!isSimpleJson(bytes, mostSigns)) throw malformed('a segment has too many members or levels')
  const value = parse(bytes.toString())
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw malformed('a segment is not an object')
  Object.setPrototypeOf(value, null)
  return value as JsonObject // what JSON gives for an object
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw malformed('a segment is not JSON')
  }
}
