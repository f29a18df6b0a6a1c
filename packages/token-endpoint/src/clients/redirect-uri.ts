import { isProtectedUrl, parseUrl } from '@latchkey/options'

// The characters of RFC 3986, without the # of a fragment.
const CHARACTERS = /^[\w.~:/?[\]@!$&'()*+,;=%-]+$/
// The host is a name or an address. Browsers accept other characters, such as ; and *, which mean something in a policy or a pattern.
const WEB = /^https?:\/\/([a-z0-9._-]+|\[[0-9a-f:.]+\])(?::\d{1,5})?(?:[/?]|$)/i
const PRIVATE_USE = /^[a-z][a-z0-9+-]*(?:\.[a-z0-9+-]+)+:./i

/**
 * Whether a value can be a redirect URI: https, http on a loopback host, or a scheme that belongs to a domain name, because it
 * contains a dot. Without a fragment, a user or wildcards. So `javascript:` and `data:` are none. The host is written as a
 * browser reads it: `https:example.com` and `http://127.1` are none.
 *
 * @see [RFC 6749 §3.1.2](https://www.rfc-editor.org/rfc/rfc6749#section-3.1.2), [RFC 8252 §7](https://www.rfc-editor.org/rfc/rfc8252#section-7)
 */
export function isRedirectUri(value: unknown): value is string {
  if (typeof value !== 'string' || !CHARACTERS.test(value)) return false
  const url = parseUrl(value)
  if (url === null || url.username + url.password !== '') return false
  const [, host] = WEB.exec(value) ?? []
  return host === undefined ? PRIVATE_USE.test(value) : isProtectedUrl(url) && url.hostname === host.toLowerCase()
}
