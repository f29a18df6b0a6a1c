import { parseUrl } from '@latchkey/options'

/** A client that is registered with the provider. */
export interface DevClient {
  /** The client id. */
  readonly clientId: string
  /** The client secret, for `client_secret_basic` and `client_secret_post`. */
  readonly clientSecret: string
  /** The allowed redirect URIs, compared exactly. Loopback only. Default: any loopback URI. */
  readonly redirectUris?: readonly string[] | undefined
  /** The allowed redirect URIs of a logout, compared exactly. Loopback only. Default: any loopback URI. */
  readonly postLogoutRedirectUris?: readonly string[] | undefined
  /** The URL that logout tokens are posted to. Loopback only. Default: none. Profile `oidc` only. */
  readonly backchannelLogoutUri?: string | undefined
}

/** The default client. Its secret is public: it gives access only to fictional accounts on this machine. */
export const defaultClient: DevClient = { clientId: 'latchkey', clientSecret: 'latchkey-development-secret' }

/**
 * Whether a URI is http or https on this machine: `localhost`, a name under it, 127.0.0.0/8 or `[::1]`, without a user and
 * without a fragment.
 *
 * @see [RFC 8252 §7.3](https://www.rfc-editor.org/rfc/rfc8252#section-7.3)
 */
export function isLoopbackUri(uri: string): boolean {
  const url = parseUrl(uri)
  if (url === null) return false
  const { protocol, hostname, username, password } = url
  // `new URL` has converted the address to its canonical form.
  const loopback = /^(?:(?:[^.]+\.)*localhost|127\.\d+\.\d+\.\d+|\[::1\])$/
  return /^https?:$/.test(protocol) && loopback.test(hostname) && username + password === '' && !uri.includes('#')
}
