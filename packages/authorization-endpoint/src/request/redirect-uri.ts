import { parseUrl } from '@latchkey/options'
import { type Client, isRedirectUri } from '@latchkey/token-endpoint'

const LOOPBACK = /^http:\/\/(127\.0\.0\.1|\[::1\]|localhost)(?::(\d{1,5}))?(?=[/?]|$)/

/**
 * Returns the redirect URI of a request, if it is one of the client's. URIs are compared as texts. Only the port of a loopback
 * host may differ: a native app listens on any free port.
 *
 * @param asked - the parameter; `undefined` if it is missing, which is allowed to a client with one redirect URI
 * @returns `null` if the client has no such redirect URI
 * @see [RFC 9700 §4.1.3](https://www.rfc-editor.org/rfc/rfc9700#section-4.1.3), [RFC 8252 §7.3](https://www.rfc-editor.org/rfc/rfc8252#section-7.3)
 */
export function redirectUriOf(
  asked: string | undefined,
  { redirectUris: registered = [] }: Pick<Client, 'redirectUris'>
): string | null {
  const [only, another] = registered
  if (asked === undefined) return another === undefined ? (only ?? null) : null
  if (!isRedirectUri(asked)) return null
  const withoutPort = portless(asked)
  const isKnown = registered.some((uri) => uri === asked || (withoutPort !== null && portless(uri) === withoutPort))
  return isKnown ? asked : null
}

/** Returns a loopback URI without its port; `null` for any other URI. */
function portless(uri: string): string | null {
  return LOOPBACK.test(uri) ? uri.replace(LOOPBACK, 'http://$1') : null
}

/** Returns the source expression of a redirect URI for `form-action` of a Content-Security-Policy. */
export function sourceOf(redirectUri: string): string {
  const { protocol, origin } = new URL(redirectUri)
  return protocol === 'https:' || protocol === 'http:' ? origin : protocol
}

/** Returns the host of an https URL; `null` for any other URI, such as that of an app on the user's device, and for any other text. */
export function hostOf(uri: string): string | null {
  const url = parseUrl(uri)
  return url?.protocol === 'https:' ? url.host : null
}
