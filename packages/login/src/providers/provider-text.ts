// The only filter for texts from a provider: every such text passes it before it is stored.
import { parseUrl } from '@latchkey/options'

const LONGEST_IDENTIFIER = 255
const LONGEST_NAME = 200
const LONGEST_EMAIL = 254
const LONGEST_URL = 2048

// Controls, halves of surrogate pairs, line separators, and characters that are invisible or change the direction of writing.
// Joiners and variation selectors are invisible too, but names in some scripts need them.
const UNSEEN =
  /(?!\u200c|\u200d|\p{Variation_Selector})[\p{Cc}\p{Cs}\p{Cf}\p{Default_Ignorable_Code_Point}\u2028\u2029\u2800]/gu

// Scripts in which a joiner changes the writing, and emoji. Elsewhere a joiner makes one name look like another.
const JOINED =
  '\\p{Extended_Pictographic}\\p{Emoji_Modifier}\\ufe0f\\p{scx=Arab}\\p{scx=Syrc}\\p{scx=Mong}\\p{scx=Nkoo}\\p{scx=Deva}\\p{scx=Beng}' +
  '\\p{scx=Guru}\\p{scx=Gujr}\\p{scx=Orya}\\p{scx=Taml}\\p{scx=Telu}\\p{scx=Knda}\\p{scx=Mlym}\\p{scx=Sinh}\\p{scx=Khmr}\\p{scx=Mymr}'
const STRAY_JOINERS = new RegExp(`(?<![${JOINED}])[\\u200c\\u200d]+|[\\u200c\\u200d]+(?![${JOINED}])`, 'gu')

// No quoted local parts and no address literals: their content could end an attribute or a header.
const EMAIL = /^[^\s@"<>()[\]\\,;:]+@[^\s@"<>()[\]\\,;:]+$/u
const UNFIT = /[\p{C}\p{Z}\p{Default_Ignorable_Code_Point}]/u

/**
 * Returns the identifier of a person or a session: printable ASCII, up to 255 characters. A whole number is converted to a
 * string, if it is a safe integer. Returns `null` for any other value: an identifier is never changed.
 */
export function identifierIn(value: unknown): string | null {
  if (typeof value === 'number') return Number.isSafeInteger(value) && value >= 0 ? String(value) : null
  return typeof value === 'string' && value.length <= LONGEST_IDENTIFIER && /^[\x20-\x7e]+$/.test(value) ? value : null
}

/**
 * Returns a name for display, of up to 200 characters, without characters that are invisible or make it look like another name.
 * Joiners stay where the script or an emoji needs them. Returns `null` when nothing is left. Does not escape it for HTML.
 */
export function nameIn(value: unknown): string | null {
  if (typeof value !== 'string') return null
  const seen = Array.from(value.replace(UNSEEN, (unseen) => (/\s/.test(unseen) ? ' ' : ''))).slice(0, LONGEST_NAME)
  const name = seen.join('').replace(STRAY_JOINERS, '').replace(/\s+/gu, ' ').trim()
  return name === '' ? null : name
}

/** Returns an e-mail address unchanged, or `null` if it is not valid or has an invisible character. */
export function emailIn(value: unknown): string | null {
  const isEmail = typeof value === 'string' && value.length <= LONGEST_EMAIL && EMAIL.test(value) && !UNFIT.test(value)
  return isEmail ? value : null
}

/**
 * Returns the URL of a picture as a URL parser writes it, so that it contains no quote and no bracket: https, without
 * credentials. Returns `null` for any other value.
 */
export function pictureIn(value: unknown): string | null {
  const parsed = typeof value === 'string' && !UNFIT.test(value) ? parseUrl(value) : null
  if (parsed === null) return null
  const { protocol, username, password, href } = parsed
  // The parser does not encode this character in a path.
  const url = href.replaceAll("'", '%27')
  return protocol === 'https:' && username + password === '' && url.length <= LONGEST_URL ? url : null
}
