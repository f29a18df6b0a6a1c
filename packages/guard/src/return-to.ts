import { parseUrl } from '@latchkey/options'

const LONGEST = 2048
// No control character, space or backslash: parsers treat them differently at the start of a URL.
const PATH = /^\/(?!\/)[^\p{Cc} \\]*$/u
// Two slashes of either kind, as a URL parser reads them, name a host. That is unsafe even for this host: the origin may
// change.
const HOST = /^\/[\t\n\r]*[/\\]/
// The base if no origin is configured: no other URL has this origin.
const NOWHERE = 'https://return-to.invalid'

/**
 * Returns the path, query and fragment of `value`, as a URL parser writes them, for a redirect after sign-in. Returns
 * `fallback` if they would lead away from this server, now or after one more percent-decoding. Use it for every value that
 * comes from outside, including the URL of a request and the content of a cookie. The result is safe in a `Location` header,
 * and a second call returns it unchanged. Never throws. Does not check whether the page exists. Accepts no absolute URL, not
 * even one of this origin.
 *
 * @param value - anything; only a string of up to 2048 characters that starts with exactly one slash can pass
 * @param origin - the configured origin of this server, never taken from a request; `undefined` if none is configured
 * @param fallback - a path of the application's own, returned unchanged. Default: `/`
 * @see [RFC 9700 §4.11](https://www.rfc-editor.org/rfc/rfc9700#section-4.11)
 *
 * @example
 * safeReturnTo('/items?page=2', 'https://app.example.com') // '/items?page=2'
 * safeReturnTo('//evil.example', 'https://app.example.com') // '/'
 */
export function safeReturnTo(value: unknown, origin: string | undefined, fallback = '/'): string {
  const base = origin ?? NOWHERE
  const target = typeof value === 'string' && value.length <= LONGEST && PATH.test(value) ? local(value, base) : null
  if (target === null || target.length > LONGEST) return fallback
  return local(decodeOnce(target), base) === null ? fallback : target
}

/** Returns a URL without its origin; `null` if the origin is another one, or if the rest would name another one. */
function local(reference: string, base: string): string | null {
  const url = HOST.test(reference) ? null : parseUrl(reference, base)
  if (url === null) return null
  const { origin, pathname, search, hash } = url
  // `/..//evil.example` is a path of this origin; the remaining `//evil.example` alone would be another host.
  return origin === new URL(base).origin && !pathname.startsWith('//') ? pathname + search + hash : null
}

// Only ASCII characters separate the parts of a URL. An invalid escape stays unchanged.
function decodeOnce(text: string): string {
  return text.replace(/%([0-7][0-9a-f])/gi, (_escape, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
}
