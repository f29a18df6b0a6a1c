// The one filter for texts that a provider wrote: nothing else of them gets into a store.
const LONGEST_IDENTIFIER = 255
const LONGEST_NAME = 200
const LONGEST_EMAIL = 254
const LONGEST_URL = 2048

// Controls, halves of surrogate pairs, separators of lines, and what is not seen or turns the direction of writing. Joiners and
// variation selectors are not seen either, and names in some scripts need them.
const UNSEEN =
  /(?!\u200c|\u200d|\p{Variation_Selector})[\p{Cc}\p{Cs}\p{Cf}\p{Default_Ignorable_Code_Point}\u2028\u2029\u2800]/gu

// Scripts that write otherwise with a joiner than without, and emoji. Elsewhere a joiner makes one name look like another.
const JOINED =
  '\\p{Extended_Pictographic}\\p{Emoji_Modifier}\\ufe0f\\p{scx=Arab}\\p{scx=Syrc}\\p{scx=Mong}\\p{scx=Nkoo}\\p{scx=Deva}\\p{scx=Beng}' +
  '\\p{scx=Guru}\\p{scx=Gujr}\\p{scx=Orya}\\p{scx=Taml}\\p{scx=Telu}\\p{scx=Knda}\\p{scx=Mlym}\\p{scx=Sinh}\\p{scx=Khmr}\\p{scx=Mymr}'
const STRAY_JOINERS = new RegExp(`(?<![${JOINED}])[\\u200c\\u200d]+|[\\u200c\\u200d]+(?![${JOINED}])`, 'gu')

// No quoted local parts and no address literals: what stands in those can end an attribute, or a header.
const EMAIL = /^[^\s@"<>()[\]\\,;:]+@[^\s@"<>()[\]\\,;:]+$/u
const UNFIT = /[\p{C}\p{Z}\p{Default_Ignorable_Code_Point}]/u

/**
 * An identifier in printable ASCII, of up to 255 characters: that of a person or of a session. A whole number is the text of it,
 * if JSON cannot confuse it with another. `null` for anything else: no identifier is changed.
 */
export function identifierIn(value: unknown): string | null {
  if (typeof value === 'number') return Number.isSafeInteger(value) && value >= 0 ? String(value) : null
  return typeof value === 'string' && value.length <= LONGEST_IDENTIFIER && /^[\x20-\x7e]+$/.test(value) ? value : null
}

/**
 * A name to be shown, of up to 200 characters: without those that are not seen, or make it look like another. Joiners stay
 * where the script or an emoji needs them. `null` when nothing is left. Does not escape it for HTML.
 */
export function nameIn(value: unknown): string | null {
  if (typeof value !== 'string') return null
  const seen = Array.from(value.replace(UNSEEN, (unseen) => (/\s/.test(unseen) ? ' ' : ''))).slice(0, LONGEST_NAME)
  const name = seen.join('').replace(STRAY_JOINERS, '').replace(/\s+/gu, ' ').trim()
  return name === '' ? null : name
}

/** An e-mail address, or `null` for what is none and for one with a character that is not seen: no address is changed. */
export function emailIn(value: unknown): string | null {
  const isEmail = typeof value === 'string' && value.length <= LONGEST_EMAIL && EMAIL.test(value) && !UNFIT.test(value)
  return isEmail ? value : null
}

/**
 * The URL of a picture as a URL parser writes it, so that no quote and no bracket is in it: https, and without credentials.
 * `null` for anything else.
 */
export function pictureIn(value: unknown): string | null {
  if (typeof value !== 'string' || UNFIT.test(value) || !URL.canParse(value)) return null
  const { protocol, username, password, href } = new URL(value)
  // The parser leaves this one as it is in a path.
  const url = href.replaceAll("'", '%27')
  return protocol === 'https:' && username + password === '' && url.length <= LONGEST_URL ? url : null
}
