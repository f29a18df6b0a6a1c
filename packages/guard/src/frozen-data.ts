/**
 * The same plain data, frozen to its depths: the value itself where it is that already, else a copy. Does not freeze what only
 * looks frozen when it is, such as a `Date` or a `Map`: those stay as they are.
 */
export function frozenData<Data>(value: Data): Data {
  if (!isData(value)) return value
  const members: [name: string, member: unknown][] = Object.entries(value)
  const entries = members.map(([name, member]) => [name, frozenData(member)] as const)
  if (Object.isFrozen(value) && entries.every(([name, member]) => member === Reflect.get(value, name))) return value
  const copy = Array.isArray(value) ? entries.map(([, member]) => member) : Object.fromEntries(entries)
  // The same members under the same names, by the same prototype.
  return Object.freeze(Object.setPrototypeOf(copy, Reflect.getPrototypeOf(value))) as Data
}

/** Lists, and objects that a literal or a parser makes. */
function isData(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false
  const prototype: unknown = Reflect.getPrototypeOf(value)
  return Array.isArray(value) || prototype === null || prototype === Object.prototype
}
