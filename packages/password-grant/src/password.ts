const MOST_BYTES = 1024

/**
 * What keeps a text from being a password at all, or nothing. Says nothing about its strength. The upper bound is there
 * because the work of hashing must not be for the caller to choose; a lone surrogate has no UTF-8, and would be hashed as
 * the replacement character, like every other one.
 */
export function passwordFault(password: unknown): string | undefined {
  if (typeof password !== 'string') return 'must be a string'
  if (password === '') return 'must not be empty'
  if (Buffer.byteLength(password) > MOST_BYTES) return `must not be longer than ${MOST_BYTES} bytes of UTF-8`
  if (/\p{Surrogate}/u.test(password)) return 'must be well-formed Unicode'
  return undefined
}
