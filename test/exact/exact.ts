// Exact comparisons. tap's `match` takes a text for a pattern of a part of it, a list for the beginning of a longer one,
// and '1' for 1, so that an answer with one scope too many passes. Here only regular expressions are patterns.
import type { Test } from 'tap'

/** The methods of tap that the comparisons report to. */
type Tap = Pick<Test, 'same' | 'fail' | 'ok'>

/**
 * Passes when a value is like a pattern. An object of the pattern names the members that are compared; other members of the
 * value do not count. All else is exact: a list has the same length, a text is the same text, and a number never equals a
 * text.
 *
 * - A regular expression matches a text.
 * - `String`, `Number`, `Boolean`, `Object`, `Array` and `Function` match the values of that type.
 * - Any other class matches its instances.
 * - `undefined` matches a member that is absent.
 */
export function like(t: Tap, found: unknown, pattern: unknown, message = 'is like the pattern'): boolean {
  return t.same(differences(found, pattern), [], message)
}

/** Passes when a value is a text with a part in it: for pages, logs and messages, where the rest may change. */
export function contains(t: Tap, found: unknown, part: string, message = `contains ${part}`): boolean {
  return t.ok(typeof found === 'string' && found.includes(part), message, { found })
}

/** Passes when a promise, or the promise that a function returns, is rejected with a reason that is {@link like} a pattern. */
export async function rejectsLike(
  t: Tap,
  promise: PromiseLike<unknown> | (() => PromiseLike<unknown>),
  pattern: unknown,
  message = 'is rejected like the pattern'
): Promise<boolean> {
  try {
    await (typeof promise === 'function' ? promise() : promise)
  } catch (error) {
    return like(t, error, pattern, message)
  }
  return t.fail(`${message}: it was fulfilled`)
}

/** Passes when a function throws something that is {@link like} a pattern. */
export function throwsLike(t: Tap, run: () => unknown, pattern: unknown, message = 'throws like the pattern'): boolean {
  try {
    run()
  } catch (error) {
    return like(t, error, pattern, message)
  }
  return t.fail(`${message}: it threw nothing`)
}

/** A place where a value is not like its pattern. */
interface Difference {
  readonly at: string
  readonly found: unknown
  readonly wanted: unknown
}

/** The places where a value is not like a pattern; none when it is. */
export function differences(found: unknown, wanted: unknown, at = ''): Difference[] {
  const different = [{ at, found, wanted }]
  if (wanted instanceof RegExp) return typeof found === 'string' && found.search(wanted) >= 0 ? [] : different
  if (typeof wanted === 'function') return found === wanted || isA(wanted, found) ? [] : different
  if (typeof wanted !== 'object' || wanted === null) return Object.is(found, wanted) ? [] : different
  if (typeof found !== 'object' || found === null) return different
  if (found === wanted) return []
  if (wanted instanceof Date) return found instanceof Date && found.getTime() === wanted.getTime() ? [] : different
  if (ArrayBuffer.isView(wanted)) {
    return ArrayBuffer.isView(found) && Buffer.compare(bytes(found), bytes(wanted)) === 0 ? [] : different
  }
  if (wanted instanceof Set) {
    return found instanceof Set && isSameList([...found], [...wanted]) ? [] : different
  }
  if (wanted instanceof Map) {
    return found instanceof Map && isSameList([...found], [...wanted]) ? [] : different
  }
  if (Array.isArray(wanted)) {
    if (!Array.isArray(found) || found.length !== wanted.length) return different
    return wanted.flatMap((each, i) => differences(found[i], each, `${at}[${i}]`))
  }
  const members = wanted instanceof Error ? ['name', 'message', ...Object.keys(wanted)] : Reflect.ownKeys(wanted)
  return members.flatMap((name) =>
    differences(Reflect.get(found, name), Reflect.get(wanted, name), at === '' ? String(name) : `${at}.${String(name)}`)
  )
}

function isSameList(found: readonly unknown[], wanted: readonly unknown[]): boolean {
  return differences(found, wanted).length === 0
}

// A class of the application is a function like String, and `any` fits the parameters of both.
function isA(type: object, found: unknown): boolean {
  const name = TYPES.get(type)
  if (name === 'array') return Array.isArray(found)
  if (name === 'number') return typeof found === 'number' && Number.isFinite(found)
  if (name === 'object') return typeof found === 'object' && found !== null
  if (name !== undefined) return typeof found === name
  return found instanceof (type as new () => unknown) // a function of a pattern is a class
}

const TYPES = new Map<object, string>([
  [String, 'string'],
  [Number, 'number'],
  [Boolean, 'boolean'],
  [Function, 'function'],
  [Object, 'object'],
  [Array, 'array']
])

function bytes(view: ArrayBufferView): Uint8Array {
  return new Uint8Array(view.buffer, view.byteOffset, view.byteLength)
}
