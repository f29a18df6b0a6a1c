import { isProtectedUrl, parseUrl } from '@latchkey/options'

const PRINTABLE = /^[\x21-\x7E]+$/
const PRIVATE_USE = /^[a-z][a-z0-9+-]*(?:\.[a-z0-9+-]+)+:$/

/**
 * Whether a value can be a redirect URI: https, http on a loopback host, or a scheme that belongs to a domain name, because it
 * contains a dot. Without a fragment, a user or spaces. So `javascript:` and `data:` are none.
 *
 * @see [RFC 6749 §3.1.2](https://www.rfc-editor.org/rfc/rfc6749#section-3.1.2), [RFC 8252 §7](https://www.rfc-editor.org/rfc/rfc8252#section-7)
 */
export function isRedirectUri(value: unknown): value is string {
  if (typeof value !== 'string' || !PRINTABLE.test(value) || /[#\\]/.test(value)) return false
  const url = parseUrl(value)
  if (url === null || url.username + url.password !== '') return false
  return isProtectedUrl(url) || PRIVATE_USE.test(url.protocol)
}
