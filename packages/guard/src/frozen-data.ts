/**
 * Returns the same plain data, deeply frozen: the value itself if it is deeply frozen already, otherwise a copy. Does not
 * freeze a `Date`, a `Map` or another object that a freeze would not make immutable: those are returned as they are.
 */
export function frozenData<Data>(value: Data): Data {
  if (!isData(value)) return value
  const members: [name: string, member: unknown][] = Object.entries(value)
  const entries = members.map(([name, member]) => [name, frozenData(member)] as const)
  if (Object.isFrozen(value) && entries.every(([name, member]) => member === Reflect.get(value, name))) return value
  const copy = Array.isArray(value) ? entries.map(([, member]) => member) : Object.fromEntries(entries)
  // Cast: the copy has the same members and the same prototype.
  return Object.freeze(Object.setPrototypeOf(copy, Reflect.getPrototypeOf(value))) as Data
}

/** Whether a value is a list, or an object from a literal or a parser. */
function isData(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false
  const prototype: unknown = Reflect.getPrototypeOf(value)
  return Array.isArray(value) || prototype === null || prototype === Object.prototype
}
