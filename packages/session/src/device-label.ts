import bowser from 'bowser'

const LONGEST = 80
// The client chooses its User-Agent, so only this many characters are parsed.
const LOOKED_AT = 400

/** Returns the name of a device in a list of sessions, such as `Firefox on Linux`; `null` if the User-Agent contains none. */
export function deviceLabel(userAgent: string | undefined): string | null {
  if (userAgent === undefined) return null
  const { browser, os } = bowser.parse(userAgent.slice(0, LOOKED_AT) || ' ')
  const parts = [browser.name, os.name].map((name) => cleanLabel(name?.replace(/[^\w .-]/g, '')))
  return parts.filter((part) => part !== null).join(' on ') || null
}

/** Returns a label on one line, shortened to 80 characters. Does not escape it for HTML: escape it when you show it. */
export function cleanLabel(label: string | undefined): string | null {
  const text = label?.replace(/\p{C}+/gu, ' ').trim() ?? ''
  return Array.from(text).slice(0, LONGEST).join('') || null
}
