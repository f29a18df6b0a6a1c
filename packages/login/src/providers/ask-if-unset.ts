/** The end of a message about an option that is often read from an environment variable: a question where that is not set. */
export function askIfUnset(value: unknown): string {
  return value === undefined || value === '' ? '. Is the environment variable set?' : ''
}
