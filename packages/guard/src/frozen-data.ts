/**
 * Returns the same plain data, deeply frozen: the value itself if it is deeply frozen already, otherwise a copy. Does not
 * freeze a `Date`, a `Map` or another object that a freeze would not make immutable: those are returned as they are.
 */
export function frozenData<Data>(value: Data): Data {
  return isFrozenData(value) ? value : (copy(value as object) as Data)
}

function isFrozenData(value: unknown): boolean {
  if (!isData(value)) return true
  if (!Object.isFrozen(value)) return false
  // Claims are walked for every new token: a list of their values would cost half as much again.
  if (Array.isArray(value)) return value.every(isFrozenPart)
  const members = value as Readonly<Record<string, unknown>>
  for (const name in members) if (!isFrozenPart(members[name])) return false
  return true
}

function isFrozenPart(part: unknown): boolean {
  return typeof part !== 'object' || isFrozenData(part)
}

function copy(value: object): object {
  const members: [name: string, member: unknown][] = Object.entries(value)
  const entries = members.map(([name, member]) => [name, frozenData(member)] as const)
  const data = Array.isArray(value) ? entries.map(([, member]) => member) : Object.fromEntries(entries)
  return Object.freeze(Object.setPrototypeOf(data, Reflect.getPrototypeOf(value))) as object
}

/** Whether a value is a list, or an object from a literal or a parser. */
function isData(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false
  const prototype: unknown = Reflect.getPrototypeOf(value)
  return Array.isArray(value) || prototype === null || prototype === Object.prototype
}
