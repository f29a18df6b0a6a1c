import { isProtectedUrl, must, type Schema } from '@latchkey/options'

const PATH = /^(?:\/[A-Za-z0-9._~-]+)*\/?$/

/**
 * The schema of an issuer identifier: an https URL in the form that a URL parser writes, without query and fragment. A loopback
 * host may use http. The path becomes a route, so it may contain only letters, digits and `-._~`.
 *
 * @see [RFC 8414 §2](https://www.rfc-editor.org/rfc/rfc8414#section-2)
 */
export const issuerIdentifier: Schema<string> = must(
  "be an https URL (http on loopback only) such as 'https://api.example.com', as a URL parser writes it, without credentials, query and fragment, and with a path of letters, digits and -._~ only",
  isIssuerIdentifier
)

function isIssuerIdentifier(value: unknown): value is string {
  if (typeof value !== 'string' || /[?#]/.test(value)) return false
  const url = new URL(value)
  if (!isProtectedUrl(url) || url.username !== '' || url.password !== '') return false
  return PATH.test(url.pathname) && (url.href === value || url.href === `${value}/`)
}
