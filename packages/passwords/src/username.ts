const MOST_CHARACTERS = 256

// Controls, zero-width and directional format characters, lone surrogates, unassigned code points, other invisible characters,
// and line breaks. They can make two names look the same, or make a name seem to end early.
const UNACCEPTABLE = /[\p{C}\p{Default_Ignorable_Code_Point}\p{Zl}\p{Zp}]/u

/**
 * Converts a username to the form (Unicode NFKC) in which it is looked up. Returns `null` when no user can have that name: it
 * is empty, longer than 256 UTF-16 code units, or has characters that are invisible or control how text is shown. The name is
 * normalized first and checked afterwards: `＠` (U+FF20) is checked as `@`.
 *
 * Call it also when you create an account, and store the result: a name that is stored in another form is never found. Does not
 * trim and does not fold case: your lookup decides whether `Alice` and `alice` are the same user.
 *
 * @example
 * ```ts
 * const username = normalizeUsername(form.username)
 * if (username === null) throw new Error('This name cannot be used')
 * ```
 * @see [UAX #15](https://www.unicode.org/reports/tr15/)
 */
export function normalizeUsername(username: string): string | null {
  const normalized = username.normalize('NFKC')
  if (normalized === '' || normalized.length > MOST_CHARACTERS || UNACCEPTABLE.test(normalized)) return null
  return normalized
}

/**
 * Folds all spellings of a username that a lookup might treat as equal into one: without case, accents and spaces. Failures are
 * counted under this name, so that other spellings do not get more attempts.
 */
export function foldUsername(username: string): string {
  const plain = username.normalize('NFKD').replaceAll(/[\p{M}\s]/gu, '')
  return plain.toUpperCase().toLowerCase()
}
