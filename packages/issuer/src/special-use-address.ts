import dns from 'node:dns'
import type { LookupFunction } from 'node:net'
import ipaddr from 'ipaddr.js'

const GLOBAL_UNICAST = ipaddr.IPv6.parseCIDR('2000::/3')

/** The code of a connection that was not made because of where it led. */
export const SPECIAL_USE = 'LATCHKEY_SPECIAL_USE_ADDRESS'

/**
 * Whether an IP address is anything but one of the public Internet: loopback, private, link-local, multicast, reserved,
 * and IPv6 forms that stand for IPv4 addresses. What is no address counts as special.
 *
 * @see [RFC 6890](https://www.rfc-editor.org/rfc/rfc6890)
 */
export function isSpecialUse(address: string): boolean {
  if (!ipaddr.isValid(address)) return true
  const parsed = ipaddr.process(address)
  return parsed.range() !== 'unicast' || (parsed instanceof ipaddr.IPv6 && !parsed.match(GLOBAL_UNICAST))
}

/**
 * Resolves names for a socket, and fails where any address of a name is a special one. The socket connects to what this
 * gave: nothing is resolved a second time, so that a name cannot change its meaning in between.
 */
export const lookupPublic: LookupFunction = (hostname, options, callback) => {
  dns.lookup(hostname, { ...options, all: true }, (error, addresses) => {
    if (error) {
      callback(error, [])
    } else if (addresses.some(({ address }) => isSpecialUse(address))) {
      callback(Object.assign(new Error('The name leads to a special-use address'), { code: SPECIAL_USE }), [])
    } else {
      callback(null, addresses)
    }
  })
}
