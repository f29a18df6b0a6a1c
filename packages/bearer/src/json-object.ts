/** A JSON object as its sender wrote it: frozen to its depths, without a prototype and without `__proto__`. */
export type JsonObject = Readonly<Record<string, unknown>>

/**
 * What a JSON text says, frozen to its depths and without `__proto__`.
 *
 * @throws SyntaxError; RangeError when it is nested deeper than the stack
 */
export function parseJson(text: string): unknown {
  return JSON.parse(text, (name, value: unknown) => (name === '__proto__' ? undefined : Object.freeze(value)))
}

/** What {@link parseJson} gave, without a prototype, or `null` when it is no object. */
export function asObject(value: unknown): JsonObject | null {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return null
  return Object.freeze(Object.assign(Object.create(null) as JsonObject, value))
}
