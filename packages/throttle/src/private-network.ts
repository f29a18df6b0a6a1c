import ipaddr from 'ipaddr.js'

/** The ranges of ipaddr.js for addresses that proxies have. */
const PRIVATE: ReadonlySet<string> = new Set([
  'carrierGradeNat',
  'linkLocal',
  'loopback',
  'private',
  'uniqueLocal',
  // `networkOf()` writes the network of the IPv6 loopback address as `0:0:0:0::/64`.
  'unspecified'
])

/**
 * Whether a network has loopback, private, shared, link-local, unique local or unspecified addresses. Proxies have such
 * addresses.
 *
 * @param network - as guard's `networkOf()` writes it
 * @see [RFC 6890](https://www.rfc-editor.org/rfc/rfc6890)
 */
export function isPrivate(network: string): boolean {
  const [address = ''] = network.split('/')
  return PRIVATE.has(ipaddr.parse(address).range())
}
