/**
 * Whether a URI is http or https on this machine: `localhost`, a name under it, 127.0.0.0/8 or `[::1]`, without a user and
 * without a fragment.
 *
 * @see [RFC 8252 §7.3](https://www.rfc-editor.org/rfc/rfc8252#section-7.3)
 */
export function isLoopbackUri(uri: string): boolean {
  if (!URL.canParse(uri)) return false
  const { protocol, hostname, username, password } = new URL(uri)
  // `new URL` has converted the address to its canonical form.
  const loopback = /^(?:(?:[^.]+\.)*localhost|127\.\d+\.\d+\.\d+|\[::1\])$/
  return /^https?:$/.test(protocol) && loopback.test(hostname) && username + password === '' && !uri.includes('#')
}
