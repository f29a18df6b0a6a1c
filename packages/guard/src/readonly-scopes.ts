import { scopeTokens } from './scope.ts'

/** The argument of the newer `Set` methods. TypeScript's `ReadonlySetLike` is in a library that Node 20 does not have. */
interface SetLike {
  readonly size: number
  has(value: unknown): boolean
  keys(): Iterator<unknown>
}

/**
 * A `ReadonlySet` with all methods, including those of newer versions of Node. The sets that they return belong to the caller.
 */
class ReadonlyScopes implements ReadonlySet<string> {
  readonly #scopes: ReadonlySet<string>

  /** @param scopes - a set without other references */
  constructor(scopes: ReadonlySet<string>) {
    this.#scopes = scopes
    Object.freeze(this)
  }

  get size(): number {
    return this.#scopes.size
  }

  // `Object.prototype.toString.call()` and tools that print values treat it as a set.
  readonly [Symbol.toStringTag] = 'Set' as string

  has(scope: string): boolean {
    return this.#scopes.has(scope)
  }

  forEach(callback: (value: string, key: string, set: ReadonlySet<string>) => void, thisArg?: unknown): void {
    for (const scope of this.#scopes) callback.call(thisArg, scope, scope, this)
  }

  [Symbol.iterator](): SetIterator<string> {
    return this.#scopes.values()
  }

  values(): SetIterator<string> {
    return this.#scopes.values()
  }

  keys(): SetIterator<string> {
    return this.#scopes.keys()
  }

  entries(): SetIterator<[string, string]> {
    return this.#scopes.entries()
  }

  union(other: SetLike): Set<unknown> {
    return new Set<unknown>([...this.#scopes, ...keysOf(other)])
  }

  intersection(other: SetLike): Set<string> {
    return new Set([...this.#scopes].filter((scope) => other.has(scope)))
  }

  difference(other: SetLike): Set<string> {
    return new Set([...this.#scopes].filter((scope) => !other.has(scope)))
  }

  symmetricDifference(other: SetLike): Set<unknown> {
    const others = keysOf(other).filter((value) => !this.#scopes.has(value as string)) // cast: only compared
    return new Set<unknown>([...this.difference(other), ...others])
  }

  isSubsetOf(other: SetLike): boolean {
    return this.difference(other).size === 0
  }

  isSupersetOf(other: SetLike): boolean {
    return keysOf(other).every((value) => this.#scopes.has(value as string)) // cast: only compared
  }

  isDisjointFrom(other: SetLike): boolean {
    return this.intersection(other).size === 0
  }
}

// A replaced method of the prototype would affect every principal.
Object.freeze(ReadonlyScopes.prototype)
Object.freeze(ReadonlyScopes)

/**
 * Returns the same scopes in an immutable set: for authentications that are reused, and for other values that outlive a
 * request. The result is not a `Set`, so `Set.prototype.add.call()` throws too. For authors of plugins.
 *
 * @throws TypeError for a string: each of its letters would be a scope
 *
 * @example const scopes = readonlyScopes(['items:read', 'items:write'])
 */
export function readonlyScopes(scopes: Iterable<string>): ReadonlySet<string> {
  return new ReadonlyScopes(new Set(scopeTokens(scopes)))
}

/** The same as {@link readonlyScopes} without a copy, for a set without other references. */
export function withoutChanges(scopes: ReadonlySet<string>): ReadonlySet<string> {
  return new ReadonlyScopes(scopes)
}

/** Whether a set is a result of {@link readonlyScopes} of this copy of the package. It never changes. */
export function isReadonly(scopes: Iterable<string>): scopes is ReadonlySet<string> {
  return scopes instanceof ReadonlyScopes
}

/**
 * Whether a value is a set: a `Set`, a `Set` of another realm, or a result of {@link readonlyScopes} of any copy of this
 * package.
 */
export function isScopes(value: unknown): value is ReadonlySet<string> {
  return value instanceof Set || Object.prototype.toString.call(value) === '[object Set]'
}

function keysOf(other: SetLike): unknown[] {
  const keys = other.keys()
  return [...{ [Symbol.iterator]: () => keys }]
}
