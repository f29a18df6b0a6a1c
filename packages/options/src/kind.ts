import { isFunction } from './predicates.ts'

/** Names the kind of a value for a message, such as `an empty string`. Never contains the value. Never throws. */
export function kindOf(value: unknown): string {
  if (value === undefined || value === null) return String(value)
  if (typeof value === 'string') return value === '' ? 'an empty string' : 'a string'
  if (typeof value !== 'object') return `a ${typeof value}`
  try {
    if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list'
    if (Symbol.iterator in value) return 'an iterable object'
    return isFunction(Reflect.get(value, 'then')) ? 'a promise' : 'an object'
  } catch {
    // A revoked proxy.
    return 'an object that cannot be read'
  }
}
