import { parseUrl } from '@latchkey/options'

// Visible ASCII without the backslash, which URL parsers read as a slash. `%` only before two hexadecimal digits.
const HTTP_URI = /^https?:\/\/(?:[!-$&-[\]-~]|%[0-9A-F]{2})+$/i
const QUERY_OR_FRAGMENT = /[?#]/
const ABSOLUTE_FORM = /^https?:\/\/[^/?#]*/i
const PLAIN = /^[\w\-.~/]+$/
const TRIPLET = /%[0-9A-F]{2}/gi
const UNRESERVED = /^[A-Za-z0-9\-._~]$/

/**
 * Returns the normal form of an http URI, without query and fragment. Equivalent URIs have the same normal form: the case of
 * scheme, host and percent-encoding, encoded letters, dot segments, the default port and the empty path make no difference.
 * Returns `null` for a value that is not an http URI, and for a URI with credentials.
 *
 * @see [RFC 3986 §6.2.2](https://www.rfc-editor.org/rfc/rfc3986#section-6.2.2)
 * @see [RFC 3986 §6.2.3](https://www.rfc-editor.org/rfc/rfc3986#section-6.2.3)
 */
function normalizedUri(uri: string): string | null {
  const bare = withoutQuery(uri)
  if (!HTTP_URI.test(bare)) return null
  // The URL parser of Node 20 does not remove `..` from `/a/.b/../c`. It does remove `%2E%2E`, which is equivalent.
  const path = bare.replace(ABSOLUTE_FORM, '')
  const encoded = bare.slice(0, bare.length - path.length) + path.replaceAll('.', '%2E')
  const url = parseUrl(encoded)
  if (url?.username !== '' || url.password !== '') return null
  return url.origin + url.pathname.replace(TRIPLET, spelled)
}

/**
 * Whether a URI is the URI of a request. Query and fragment are ignored, and URIs with the same {@link normalizedUri} are
 * equal. The host in the request, in its header or its first line, is ignored.
 *
 * @param origin - the origin of this server
 * @param target - the request target
 */
export function isTarget(uri: string, origin: string, target: string): boolean {
  const path = withoutQuery(target.replace(ABSOLUTE_FORM, ''))
  if (!path.startsWith('/')) return false
  const own = origin + path
  // Clients usually send exactly this text: then no URL parser is needed.
  if (uri === own && PLAIN.test(path)) return true
  const normalized = normalizedUri(own)
  return normalized !== null && normalizedUri(uri) === normalized
}

function withoutQuery(uri: string): string {
  const end = uri.search(QUERY_OR_FRAGMENT)
  return end === -1 ? uri : uri.slice(0, end)
}

function spelled(triplet: string): string {
  const character = String.fromCharCode(Number.parseInt(triplet.slice(1), 16))
  return UNRESERVED.test(character) ? character : triplet.toUpperCase()
}
