import { isProtectedUrl, must, parseUrl, type Schema } from '@latchkey/options'

/**
 * Whether a URL may be fetched: it is absolute, written in visible ASCII, without credentials and without fragment, and its
 * scheme is `https:`, or `http:` with a loopback host (`127.0.0.1`, `[::1]`, `localhost`). Does NOT resolve the host.
 */
export function isFetchable(url: unknown): url is string {
  // The parser would remove tabs and line breaks, and an empty fragment.
  if (typeof url !== 'string' || !/^[\x21-\x7e]+$/.test(url) || url.includes('#')) return false
  const parsed = parseUrl(url)
  return parsed !== null && parsed.username === '' && parsed.password === '' && isProtectedUrl(parsed)
}

/** Whether a URL may be the identifier of an issuer whose metadata is fetched: {@link isFetchable}, and without a query. */
export function isIssuerUrl(url: unknown): url is string {
  return isFetchable(url) && !url.includes('?')
}

const LOOPBACK = '(http only on 127.0.0.1, [::1] and localhost)'

/** The schema of a URL that {@link isFetchable} accepts. */
export const fetchableUrl: Schema<string> = must(
  `be an https URL without credentials and fragment ${LOOPBACK}`,
  isFetchable
)

/** The schema of a URL that {@link isIssuerUrl} accepts. */
export const issuerUrl: Schema<string> = must(
  `be an https URL without credentials, query and fragment ${LOOPBACK}`,
  isIssuerUrl
)
