import bowser from 'bowser'

const LONGEST = 80
// A User-Agent is whatever the client says: nothing in it is long, or looked at for long.
const LOOKED_AT = 400

/** What a list of sessions calls a device: `Firefox on Linux`, or `null` when its User-Agent says nothing of the kind. */
export function deviceLabel(userAgent: string | undefined): string | null {
  if (userAgent === undefined) return null
  const { browser, os } = bowser.parse(userAgent.slice(0, LOOKED_AT) || ' ')
  const parts = [browser.name, os.name].map((name) => cleanLabel(name?.replace(/[^\w .-]/g, '')))
  return parts.filter((part) => part !== null).join(' on ') || null
}

/** A label on one line and cut short. Does not escape it for HTML: whoever shows it does. */
export function cleanLabel(label: string | undefined): string | null {
  const text = label?.replace(/\p{C}+/gu, ' ').trim() ?? ''
  return Array.from(text).slice(0, LONGEST).join('') || null
}
