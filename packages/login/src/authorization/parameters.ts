import { LoginError } from '../errors.ts'

const LONGEST = 8192

/**
 * The parameters of a query or a form, by name. One without a value counts as left out (RFC 6749 §3.1).
 *
 * @throws LoginError when one is repeated, or longer than anything that is of use
 */
export function parameters(given: unknown): ReadonlyMap<string, string> {
  const found = new Map<string, string>()
  for (const [name, value] of pairs(given)) {
    if (typeof value !== 'string' || value.length > LONGEST) throw new LoginError('invalid_response')
    if (value !== '') found.set(name, value)
  }
  return found
}

/** The only value of a parameter that may also be missing, repeated or empty. */
export function only(given: unknown, name: string): string | undefined {
  const found = pairs(given).find((pair) => pair[0] === name)?.[1]
  return typeof found === 'string' && found !== '' ? found : undefined
}

/** Whether a parameter is missing, or has no value. One that is repeated is not left out. */
export function isLeftOut(given: unknown, name: string): boolean {
  return pairs(given).every((pair) => pair[0] !== name || pair[1] === '')
}

// There is no body where a form is missing.
function pairs(given: unknown): [name: string, value: unknown][] {
  return Object.entries(given ?? {})
}
