const MOST_BYTES = 1024

/**
 * The reason why a text cannot be a password, or `undefined`. Does not check its strength. The upper bound exists because the
 * caller must not choose the amount of hashing work. A lone surrogate has no UTF-8 form: it would be hashed as the replacement
 * character, like every other lone surrogate.
 */
export function passwordFault(password: unknown): string | undefined {
  if (typeof password !== 'string') return 'must be a string'
  if (password === '') return 'must not be empty'
  if (Buffer.byteLength(password) > MOST_BYTES) return `must not be longer than ${MOST_BYTES} bytes of UTF-8`
  if (/\p{Surrogate}/u.test(password)) return 'must be well-formed Unicode'
  return undefined
}
