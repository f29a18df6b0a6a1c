/** A JSON object. Where nothing else is said, it is as its sender wrote it, and nothing in it is verified. */
export type JsonObject = Readonly<Record<string, unknown>>

/** Deeper JSON is refused before it is parsed. */
const MOST_LEVELS = 32

const QUOTE = 0x22
const COMMA = 0x2c
const COLON = 0x3a
const BACKSLASH = 0x5c
// A bracket and a brace differ in this bit alone, `[` from `{` and `]` from `}`.
const BRACE_BIT = 0x20
const OPENING = 0x7b
const CLOSING = 0x7d

/**
 * Whether JSON is so simple that parsing costs little: parsing 6 KB of brackets, or of members with a name each, takes
 * longer than all else that a refusal costs. Bytes that are no JSON may count as simple.
 *
 * @param most - how many brackets, commas and colons there may be outside of strings
 */
export function isSimpleJson(bytes: Uint8Array, most: number): boolean {
  let signs = 0
  let levels = 0
  let isInString = false
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at] as number // `at` is within bounds
    if (isInString) {
      if (byte === BACKSLASH) at++
      else if (byte === QUOTE) isInString = false
    } else if (byte === QUOTE) isInString = true
    else if (byte === COMMA || byte === COLON) signs++
    else if ((byte | BRACE_BIT) === OPENING) {
      signs++
      if (++levels > MOST_LEVELS) return false
    } else if ((byte | BRACE_BIT) === CLOSING) levels--
    if (signs > most) return false
  }
  return true
}

/** An object of JSON, frozen to its depths, without a prototype and without `__proto__`. */
export function frozenObject(object: JsonObject): JsonObject {
  frozenJson(object)
  // A literal is what V8 reads fastest: it makes a table of an object that was created from nothing.
  return Object.freeze({ __proto__: null, ...object })
}

/** What {@link frozenJson} gave, without a prototype, or `null` when it is no object. */
export function asObject(value: unknown): JsonObject | null {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return null
  // A literal is what V8 reads fastest: it makes a table of an object that was created from nothing.
  return Object.freeze({ __proto__: null, ...value })
}

/**
 * Freezes what JSON gave to its depths, and takes `__proto__` out of it. A reviver would do this too, at five times the
 * price of the parsing.
 *
 * @throws RangeError when it is nested deeper than the stack
 */
export function frozenJson(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (Object.hasOwn(value, '__proto__')) Reflect.deleteProperty(value, '__proto__')
  for (const part of Object.values(value)) frozenJson(part)
  return Object.freeze(value)
}
