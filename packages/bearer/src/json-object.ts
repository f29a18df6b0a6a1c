/** A JSON object. Unless stated otherwise, it is as its sender wrote it, and nothing in it is verified. */
export type JsonObject = Readonly<Record<string, unknown>>

/** The maximum depth. Deeper JSON is refused before it is parsed. */
const MOST_LEVELS = 32

const QUOTE = 0x22
const COMMA = 0x2c
const COLON = 0x3a
const BACKSLASH = 0x5c
// `[` and `{` differ in this bit alone, and so do `]` and `}`.
const BRACE_BIT = 0x20
const OPENING = 0x7b
const CLOSING = 0x7d

/**
 * Whether JSON is simple enough to parse at low cost: parsing 6 KB of brackets, or of short members, takes longer than all
 * other steps of a refusal. Bytes that are not JSON may count as simple.
 *
 * @param most - the maximum number of brackets, commas and colons outside of strings
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

/** Returns a JSON object, deeply frozen, without a prototype and without `__proto__`. Freezes its parts in place. */
export function frozenObject(object: JsonObject): JsonObject {
  freezeParts(object)
  // V8 reads a literal fastest: an object from Object.create(null) becomes a slow dictionary.
  return Object.freeze({ __proto__: null, ...object })
}

/** Returns a result of {@link frozenJson} without a prototype, or `null` if it is not an object. */
export function asObject(value: unknown): JsonObject | null {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return null
  // V8 reads a literal fastest: an object from Object.create(null) becomes a slow dictionary.
  return Object.freeze({ __proto__: null, ...value })
}

/**
 * Freezes a parsed JSON value deeply and removes `__proto__` from it. A reviver of JSON.parse would do the same, but take five
 * times as long as the parsing.
 *
 * @throws RangeError when it is nested deeper than the stack allows
 */
export function frozenJson(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  freezeParts(value)
  return Object.freeze(value)
}

function freezeParts(value: object): void {
  if (Object.hasOwn(value, '__proto__')) Reflect.deleteProperty(value, '__proto__')
  for (const part of Object.values(value)) if (typeof part === 'object') frozenJson(part)
}
