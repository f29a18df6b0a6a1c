import { parseUrl } from '@latchkey/options'

const LARGEST_DATA = 64 * 1024
const DATA = /^data:image\/(?:avif|gif|jpeg|png|svg\+xml|webp)[;,][\x21-\x7e]+$/
// A source of a policy has no query and no fragment, and ends at these characters.
// No wildcard, and no IPv6 address: a policy has no source for one.
const HOST = /^[a-z\d.-]+(?::\d+)?$/
const PATH = /^\/(?!\/)[^\s\\"'<>;,]*$/

/**
 * Returns the source of the Content-Security-Policy that allows a logo; `null` if a value is no logo.
 *
 * @see [Content Security Policy Level 3 §2.3.1](https://www.w3.org/TR/CSP3/#framework-directive-source-list)
 */
export function logoSource(logo: unknown): string | null {
  if (typeof logo !== 'string') return null
  if (DATA.test(logo)) return logo.length <= LARGEST_DATA ? 'data:' : null
  if (PATH.test(logo)) return "'self'"
  const url = parseUrl(logo)
  if (url?.protocol !== 'https:' || url.username + url.password !== '') return null
  if (!HOST.test(url.host) || !PATH.test(url.pathname)) return null
  return url.origin + url.pathname
}
