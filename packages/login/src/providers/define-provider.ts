import type { ClientOptions, Provider } from './provider.ts'

/**
 * Defines a provider of the application. Returns a frozen copy of the data, and gives it its type. Does not check it: the
 * plugin does that at registration.
 *
 * @example
 * ```ts
 * const example = provider({
 *   name: 'example',
 *   clientId: EXAMPLE_ID,
 *   clientSecret: EXAMPLE_SECRET,
 *   scopes: ['profile'],
 *   endpoints: {
 *     authorization: 'https://example.com/oauth/authorize',
 *     token: 'https://example.com/oauth/token',
 *     userinfo: 'https://example.com/api/me'
 *   },
 *   toIdentity: ({ userinfo }) => ({ subject: userinfo['id'], name: userinfo['name'] })
 * })
 * ```
 * @see {@link Provider}
 */
export function provider(data: Provider): Provider {
  return Object.freeze({ ...data })
}

type Client = Omit<ClientOptions, 'clientSecret'> & Pick<Provider, 'clientSecret'>

/** Returns the members that the options of every provider function set, with the provider's own in place of those left out. */
export function clientOf(
  options: Client,
  own: Pick<Required<Provider>, 'name' | 'displayName' | 'mark' | 'scopes'>
): Omit<Provider, 'toIdentity'> {
  const { clientId, clientSecret, insecureTrustUnprovenLogin } = options
  const { name = own.name, displayName = own.displayName, mark = own.mark, scopes = own.scopes } = options
  return { name, displayName, mark, clientId, clientSecret, scopes, insecureTrustUnprovenLogin }
}
