/**
 * Returns the end of an error message about an option that usually comes from an environment variable: a hint if it is empty.
 */
export function askIfUnset(value: unknown): string {
  return value === undefined || value === '' ? '. Is the environment variable set?' : ''
}
