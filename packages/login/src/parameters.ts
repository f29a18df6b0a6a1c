import { LoginError } from './errors.ts'

const LONGEST = 8192

/**
 * The parameters of a query or a form, by name.
 *
 * @throws LoginError when one is repeated, or longer than anything that is of use
 */
export function parameters(given: unknown): ReadonlyMap<string, string> {
  const pairs = Object.entries(given ?? {})
  return new Map(
    pairs.map(([name, value]) => {
      if (typeof value !== 'string' || value.length > LONGEST) throw new LoginError('invalid_response')
      return [name, value]
    })
  )
}

/** The only value of a parameter that may also be missing, repeated or empty. */
export function only(given: unknown, name: string): string | undefined {
  const found = Object.entries(given ?? {}).find((pair) => pair[0] === name)?.[1]
  return typeof found === 'string' && found !== '' ? found : undefined
}
