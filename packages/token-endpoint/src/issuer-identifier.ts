import type { OptionCheck } from '@latchkey/guard'

const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/
const PATH = /^(?:\/[A-Za-z0-9._~-]+)*\/?$/

/**
 * Checks an issuer identifier: an https URL in the form that a URL parser writes, without query and fragment. A loopback host
 * may use http. The path becomes a route, so it may contain only letters, digits and `-._~`.
 *
 * @see [RFC 8414 §2](https://www.rfc-editor.org/rfc/rfc8414#section-2)
 */
export const mustBeIssuer: OptionCheck = (value) => {
  if (typeof value !== 'string' || !URL.canParse(value)) {
    return 'must be the URL under which clients reach this server, e.g. "https://api.example.com"'
  }
  const url = new URL(value)
  const secure = url.protocol === 'https:' || (url.protocol === 'http:' && LOOPBACK.test(url.hostname))
  if (!secure) return 'must be an https URL (http is for loopback hosts only)'
  if (value.includes('?') || value.includes('#')) return 'must have neither a query nor a fragment'
  if (url.username !== '' || url.password !== '') return 'must not contain credentials'
  if (!PATH.test(url.pathname)) return 'must have a path of letters, digits and -._~ only'
  if (url.href !== value && url.href !== `${value}/`) {
    return 'must be written as URL parsers write it: lower case, no default port'
  }
  return undefined
}
