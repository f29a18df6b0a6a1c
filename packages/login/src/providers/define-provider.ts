import type { Provider } from './provider.ts'

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
