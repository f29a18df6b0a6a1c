/** Whether a value is an object. A list is one. `null` and functions are none. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

/**
 * Whether a value is an object, and no list, other iterable or promise: a Map has no members, and would pass as an object whose
 * members are all missing.
 */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return isObject(value) && !(Symbol.iterator in value) && !isFunction(value['then'])
}

/** Whether a value is a string with at least one character. */
export function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== ''
}

/** Whether a value is `true` or `false`. */
export function isBoolean(value: unknown): value is boolean {
  return typeof value === 'boolean'
}

/** Whether a value is a function. */
export function isFunction(value: unknown): value is (...values: never[]) => unknown {
  return typeof value === 'function'
}

/** Whether a value is an object with functions of these names, which may be inherited. */
export function hasMethods(value: unknown, names: readonly string[]): value is Record<string, unknown> {
  return isObject(value) && names.every((name) => isFunction(value[name]))
}

/** Whether {@link isRecord} is true for a value, and the check holds for each of its members. */
export function isMapOf(value: unknown, holds: (member: unknown, name: string) => boolean): boolean {
  return isRecord(value) && Object.entries(value).every(([name, member]) => holds(member, name))
}

/** Whether a value is a whole number between two bounds, both included. */
export function isWhole(value: unknown, least: number, most: number): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most
}
