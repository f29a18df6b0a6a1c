import { isIPv6 } from 'node:net'

const NOWHERE = 'unknown'

/**
 * The network that an address counts as: an IPv4 address by itself, mapped into IPv6 or not, and the /64 of an IPv6
 * address, since a single subscriber has all of it.
 *
 * @param address - `request.ip`, which is missing once the client has gone
 * @see [RFC 6177](https://www.rfc-editor.org/rfc/rfc6177)
 */
export function networkOf(address: string | undefined): string {
  if (address === undefined || !isIPv6(address)) return address ?? NOWHERE
  const [unscoped = ''] = address.split('%')
  const groups = groupsOf(new URL(`http://[${unscoped}]`).hostname.slice(1, -1))
  const isMapped = groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff
  if (isMapped) return [...Buffer.from(Uint16Array.from(groups.slice(6)).buffer).swap16()].join('.')
  return `${groups
    .slice(0, 4)
    .map((group) => group.toString(16))
    .join(':')}::/64`
}

/** The eight groups of an address as URL parsers write it. */
function groupsOf(address: string): number[] {
  const [head = [], tail = []] = address.split('::').map(numbersOf)
  return [...head, ...Array<number>(8 - head.length - tail.length).fill(0), ...tail]
}

function numbersOf(part: string): number[] {
  return part === '' ? [] : part.split(':').map((group) => Number.parseInt(group, 16))
}
