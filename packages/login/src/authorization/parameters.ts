import { LoginError } from '../errors.ts'

const LONGEST = 8192

/**
 * Returns the parameters of a query or a form, by name. A parameter without a value counts as left out (RFC 6749 §3.1).
 *
 * @throws LoginError when a parameter is repeated, or longer than any valid one
 */
export function parameters(given: unknown): ReadonlyMap<string, string> {
  const found = new Map<string, string>()
  for (const [name, value] of pairs(given)) {
    if (typeof value !== 'string' || value.length > LONGEST) throw new LoginError('invalid_response')
    if (value !== '') found.set(name, value)
  }
  return found
}

/** Returns the only value of a parameter; `undefined` if it is missing, repeated or empty. */
export function only(given: unknown, name: string): string | undefined {
  const found = pairs(given).find((pair) => pair[0] === name)?.[1]
  return typeof found === 'string' && found !== '' ? found : undefined
}

/** Whether a parameter is missing or empty. A repeated parameter does not count as left out. */
export function isLeftOut(given: unknown, name: string): boolean {
  return pairs(given).every((pair) => pair[0] !== name || pair[1] === '')
}

// `given` is undefined when a POST has no form.
function pairs(given: unknown): [name: string, value: unknown][] {
  return Object.entries(given ?? {})
}
