import { randomInt } from 'node:crypto'

/** Consonants only, so that no code is a word, and no signs that look alike (RFC 8628 §6.1). */
const LETTERS = 'BCDFGHJKLMNPQRSTVWXZ'
const LENGTH = 8
const OTHERS = new RegExp(`[^${LETTERS}]`, 'gi')
const LONGEST_INPUT = 64

/**
 * Returns a new user code, such as `BCDF-GHJK`: 34 random bits, for a short lifetime and few guesses.
 *
 * @see [RFC 8628 §5.1](https://www.rfc-editor.org/rfc/rfc8628#section-5.1), [§6.1](https://www.rfc-editor.org/rfc/rfc8628#section-6.1)
 */
export function newUserCode(): string {
  return written(Array.from({ length: LENGTH }, () => LETTERS.charAt(randomInt(LETTERS.length))).join(''))
}

/** Returns the user code from the input of a user, in any case, without all other signs; `null` if it cannot be one. */
export function readUserCode(typed: string): string | null {
  if (typed.length > LONGEST_INPUT) return null
  const letters = typed.replace(OTHERS, '').toUpperCase()
  return letters.length === LENGTH ? written(letters) : null
}

function written(letters: string): string {
  return `${letters.slice(0, LENGTH / 2)}-${letters.slice(LENGTH / 2)}`
}
