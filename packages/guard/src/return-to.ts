const LONGEST = 2048
// No control character, space or backslash: parsers disagree about what they do at the start of a URL.
const PATH = /^\/(?!\/)[^\p{Cc} \\]*$/u
// Two slashes of either kind, as a URL parser sees them, name a host: this one's too, once the origin changes.
const HOST = /^\/[\t\n\r]*[/\\]/
// Stands in where no origin is configured: nothing else resolves to it.
const NOWHERE = 'https://return-to.invalid'

/**
 * Where to send a browser after it has signed in: the path, query and fragment of `value`, written as a URL parser
 * writes them, or `fallback` when they would lead away from this server, now or after one more percent-decoding. Give
 * it everything that anybody outside had a hand in, the URL of a request and what a cookie held included. What it
 * gives is safe in a `Location` header, and comes back unchanged when it is given again. Never throws. Does not say
 * whether there is such a page, and lets no absolute URL pass, not even one of this origin.
 *
 * @param value - anything; only a string of up to 2048 characters that starts with exactly one slash can pass
 * @param origin - this server's origin as configured, never taken from a request; `undefined` where none is
 * @param fallback - a path of the application's own, given back as it is. Default: `/`
 * @see [RFC 9700 §4.11](https://www.rfc-editor.org/rfc/rfc9700#section-4.11)
 */
export function safeReturnTo(value: unknown, origin: string | undefined, fallback = '/'): string {
  const base = origin ?? NOWHERE
  const target = typeof value === 'string' && value.length <= LONGEST && PATH.test(value) ? local(value, base) : null
  if (target === null || target.length > LONGEST) return fallback
  return local(decodeOnce(target), base) === null ? fallback : target
}

/** A URL without its origin, or `null` when that is another one, or when what is left would name another one. */
function local(reference: string, base: string): string | null {
  if (HOST.test(reference) || !URL.canParse(reference, base)) return null
  const { origin, pathname, search, hash } = new URL(reference, base)
  // `/..//evil.example` is a path of this origin, and `//evil.example` once it stands alone.
  return origin === new URL(base).origin && !pathname.startsWith('//') ? pathname + search + hash : null
}

// Only ASCII characters separate the parts of a URL, and an escape that is none stays as it is.
function decodeOnce(text: string): string {
  return text.replace(/%([0-7][0-9a-f])/gi, (_escape, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
}
