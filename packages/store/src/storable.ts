/**
 * Refuses what a database would change or choke on without a word: anything but text, numbers and `null`; text with NUL,
 * which comes back cut; and text with half a surrogate pair, which is no UTF-8 and would come back as another text.
 *
 * @throws TypeError
 */
export function mustBeStorable(values: readonly unknown[]): void {
  for (const value of values) {
    if (typeof value === 'string' ? /[\0\p{Surrogate}]/u.test(value) : value !== null && !Number.isFinite(value)) {
      throw new TypeError('Only text without NUL and without unpaired surrogates, numbers and null can be stored')
    }
  }
}
