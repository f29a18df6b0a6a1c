const MOST_CHARACTERS = 256

// Controls, zero-width and directional format characters, lone surrogates, unassigned code points, whatever else is
// drawn as nothing, and line breaks: all that lets two names look like one, or one name end early.
const UNACCEPTABLE = /[\p{C}\p{Default_Ignorable_Code_Point}\p{Zl}\p{Zp}]/u

/**
 * The one form (Unicode NFKC) in which a username is looked up, or `null` when no user can have that name: empty, longer
 * than 256 UTF-16 code units, or with characters that are invisible or control how text is shown. The order matters: a
 * name is normalised before it is judged, so that `＠` (U+FF20) is judged as the `@` that it becomes.
 *
 * Call it when an account is made too and store the result: a name stored in another form is never found. Does not trim
 * and does not fold case; whether `Alice` is `alice` is for the lookup to decide.
 *
 * @see [UAX #15](https://www.unicode.org/reports/tr15/)
 */
export function normalizeUsername(username: string): string | null {
  const normalized = username.normalize('NFKC')
  if (normalized === '' || normalized.length > MOST_CHARACTERS || UNACCEPTABLE.test(normalized)) return null
  return normalized
}

/**
 * One name for all spellings of a username that some lookup might take for the same: without case, accents and spaces.
 * Guesses are counted under it, or whoever spells a name in a hundred ways would have a hundred times as many.
 */
export function foldUsername(username: string): string {
  const plain = username.normalize('NFKD').replaceAll(/[\p{M}\s]/gu, '')
  return plain.toUpperCase().toLowerCase()
}
