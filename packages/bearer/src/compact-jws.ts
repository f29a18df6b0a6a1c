import { isUtf8 } from 'node:buffer'
import { isSimpleJson, type JsonObject } from './json-object.ts'
import { malformed } from './refusal.ts'

/** Longer tokens, together with other headers, exceed the 16 KiB that Node accepts. */
const MAX_LENGTH = 8192

/**
 * Maximum number of brackets, commas and colons outside of strings: FEW_SIGNS in a header and in the claims of a proof,
 * MANY_SIGNS in the claims of a token.
 */
export const FEW_SIGNS = 64
export const MANY_SIGNS = 1024

/** The parts of a token in JWS Compact Serialization. Nothing in it is verified. */
export interface CompactJws {
  /** Frozen. Tokens with the same header may share it. */
  readonly header: JsonObject
  readonly payload: Buffer
  readonly signature: Buffer
  /** The bytes that the signature is for. */
  readonly signed: Buffer
}

/** The headers of an issuer's tokens are equal, and few. A header with a key in it, as in a DPoP proof, is longer. */
const LONGEST_REMEMBERED = 160
const MOST_REMEMBERED = 64
const headers = new Map<string, JsonObject>()

/**
 * Splits a token into its parts, if its syntax is valid: at most 8 KiB, three segments, each in canonical base64url. So each
 * token has exactly one spelling. A JWE (five segments) is refused before any of it is parsed. Does not verify anything.
 *
 * @throws InvalidTokenError
 * @see [RFC 7515 §7.1](https://www.rfc-editor.org/rfc/rfc7515#section-7.1)
 */
export function parseCompactJws(token: string): CompactJws {
  if (token.length > MAX_LENGTH) throw malformed('longer than 8 KiB')
  const headerEnd = token.indexOf('.')
  const payloadEnd = token.lastIndexOf('.')
  if (headerEnd < 1 || payloadEnd === headerEnd || payloadEnd === token.length - 1) throw notCompact()
  const header = headerOf(token.slice(0, headerEnd))
  const payload = bytesOf(token.slice(headerEnd + 1, payloadEnd))
  const signature = bytesOf(token.slice(payloadEnd + 1))
  return { header, payload, signature, signed: Buffer.from(token.slice(0, payloadEnd), 'latin1') }
}

function headerOf(segment: string): JsonObject {
  const known = headers.get(segment)
  if (known !== undefined) return known
  const bytes = bytesOf(segment)
  const header = Object.freeze(decodeObject(bytes, FEW_SIGNS))
  if (segment.length > LONGEST_REMEMBERED) return header
  if (headers.size === MOST_REMEMBERED) headers.clear()
  // A slice would keep the whole token in memory.
  headers.set(bytes.toString('base64url'), header)
  return header
}

/** Only the canonical spelling is unchanged after decoding and encoding. */
function bytesOf(segment: string): Buffer {
  const bytes = Buffer.from(segment, 'base64url')
  if (bytes.toString('base64url') !== segment) throw notCompact()
  return bytes
}

function notCompact(): Error {
  return malformed('not a compact JWS in canonical base64url')
}

/**
 * Parses the JSON object in a segment. The result has no prototype and is not frozen. Does not walk through its members.
 *
 * @param mostSigns - the maximum number of brackets, commas and colons outside of strings
 * @throws InvalidTokenError when it is not UTF-8, not JSON, not an object or too complex
 */
export function decodeObject(bytes: Buffer, mostSigns: number): JsonObject {
  if (!isUtf8(bytes)) throw malformed('a segment is not JSON')
  if (!isSimpleJson(bytes, mostSigns)) throw malformed('a segment has too many members or levels')
  const value = parse(bytes.toString())
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw malformed('a segment is not an object')
  // Not a copy: that of a hostile token with many members takes longer than the verification of its signature.
  Object.setPrototypeOf(value, null)
  return value as JsonObject // JSON.parse returned an object
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw malformed('a segment is not JSON')
  }
}
