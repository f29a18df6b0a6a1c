import dns from 'node:dns'
import type { LookupFunction } from 'node:net'
import ipaddr from 'ipaddr.js'

const GLOBAL_UNICAST = ipaddr.IPv6.parseCIDR('2000::/3')

/** The error code of a connection that was refused because of its address. */
export const SPECIAL_USE = 'LATCHKEY_SPECIAL_USE_ADDRESS'

/**
 * Whether an IP address is not one of the public Internet: loopback, private, link-local, multicast, reserved, or behind a
 * translator from IPv6 to IPv4. An IPv4-mapped address counts as its IPv4 address, and a text that is not an address as special.
 *
 * @see [RFC 6890](https://www.rfc-editor.org/rfc/rfc6890)
 */
function isSpecialUse(address: string): boolean {
  if (!ipaddr.isValid(address)) return true
  const parsed = ipaddr.process(address)
  return parsed.range() !== 'unicast' || (parsed instanceof ipaddr.IPv6 && !parsed.match(GLOBAL_UNICAST))
}

/** Whether the host of a URL is itself a special-use address: such a host is not resolved, so `lookupPublic` does not see it. */
export function namesSpecialUse(url: string): boolean {
  const { hostname } = new URL(url)
  const address = hostname.replace(/^\[|\]$/g, '')
  return (/^[\d.]+$/.test(address) || address.includes(':')) && isSpecialUse(address)
}

/**
 * Resolves a name for a socket, and fails if any of its addresses is a special-use address. The socket connects to the returned
 * addresses and does not resolve the name again. So the name cannot change its meaning in between.
 */
export const lookupPublic: LookupFunction = (hostname, options, callback) => {
  dns.lookup(hostname, { ...options, all: true }, (error, addresses) => {
    if (error) {
      callback(error, [])
    } else if (addresses.some(({ address }) => isSpecialUse(address))) {
      callback(Object.assign(new Error('The name leads to a special-use address'), { code: SPECIAL_USE }), [])
    } else if (options.all === true) {
      callback(null, addresses)
    } else {
      // Node asks for one address if it does not choose the family itself.
      const [first] = addresses as [dns.LookupAddress] // a lookup without an address is an error
      callback(null, first.address, first.family)
    }
  })
}
