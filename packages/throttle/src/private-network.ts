import { BlockList, isIPv6 } from 'node:net'

const PRIVATE = new BlockList()
for (const [address, prefix] of [
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16]
] as const) {
  PRIVATE.addSubnet(address, prefix)
}
for (const [address, prefix] of [
  ['::', 128], // the network of loopback as networkOf() writes it. All of ::/64 would contain every IPv4 address too
  ['fc00::', 7],
  ['fe80::', 10]
] as const) {
  PRIVATE.addSubnet(address, prefix, 'ipv6')
}

/**
 * Whether a network has loopback, private, shared, link-local or unique local addresses. Proxies have such addresses.
 *
 * @param network - as guard's `networkOf()` writes it
 * @see [RFC 6890](https://www.rfc-editor.org/rfc/rfc6890)
 */
export function isPrivate(network: string): boolean {
  const [address = ''] = network.split('/')
  return PRIVATE.check(address, isIPv6(address) ? 'ipv6' : 'ipv4')
}
