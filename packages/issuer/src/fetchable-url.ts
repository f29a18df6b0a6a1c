const LOOPBACK = new Set(['127.0.0.1', '[::1]', 'localhost'])

/**
 * Whether a URL may be fetched: it is absolute, written in visible ASCII, without credentials and without fragment, and its
 * scheme is `https:`, or `http:` with a loopback host (`127.0.0.1`, `[::1]`, `localhost`). Does NOT resolve the host.
 */
export function isFetchable(url: unknown): url is string {
  // The parser would remove tabs and line breaks, and an empty fragment.
  if (typeof url !== 'string' || !/^[\x21-\x7e]+$/.test(url) || url.includes('#') || !URL.canParse(url)) return false
  const { protocol, hostname, username, password } = new URL(url)
  if (username !== '' || password !== '') return false
  return protocol === 'https:' || (protocol === 'http:' && LOOPBACK.has(hostname))
}

/**
 * Returns a configured URL if it may be fetched. For checking options at boot.
 *
 * @param name - the option, for the message
 * @throws TypeError naming the option and the fix; the value is not in it
 * @see {@link isFetchable}
 */
export function requireFetchableUrl(name: string, value: unknown): string {
  if (isFetchable(value)) return value
  throw new TypeError(
    `${name} must be an https URL without credentials and fragment (http only on 127.0.0.1, [::1] and localhost)`
  )
}
