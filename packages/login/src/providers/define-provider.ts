import type { Provider } from './provider.ts'

/**
 * A provider of one's own: the data as it stands, for its type. It is checked when the plugin is registered.
 *
 * @see {@link Provider}
 */
export function provider(data: Provider): Provider {
  return Object.freeze({ ...data })
}
