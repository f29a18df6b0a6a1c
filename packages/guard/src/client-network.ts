import { parseUrl } from '@latchkey/options'
import { isIP } from 'node:net'
import type { FastifyRequest } from 'fastify'
import ipaddr from 'ipaddr.js'

/** The key of requests whose address is not known. All of them count as one client. */
const UNKNOWN = 'unknown'

/** Ranges of IPv6 addresses whose last 32 bits are the IPv4 address of a host behind a translator. */
const TRANSLATED = new Set(['rfc6052', 'rfc6145'])

/**
 * Returns the network of the client, as a key for counts and limits per client: the IPv4 address, or the /64 of an IPv6
 * address, because one subscriber has a whole /64. An IPv4 address that is written as an IPv6 address has the same key.
 *
 * The address is `request.ip`. A port that a proxy wrote after it does not count: `203.0.113.7:40040`, `[2001:db8::1]:443`. A
 * text that is not an address, such as `unknown` or `_hidden`, is never a key: the function uses the address of the nearest
 * proxy that wrote one, and at last that of the connection. All requests without any address share one key.
 *
 * Does not check whether the address is true: with `trustProxy: true` the client can choose it.
 *
 * @example
 * const turns = new Map<string, number>()
 * app.addHook('onRequest', async (request) => {
 *   const key = clientNetwork(request)
 *   turns.set(key, (turns.get(key) ?? 0) + 1)
 * })
 * @see [RFC 6177](https://www.rfc-editor.org/rfc/rfc6177), [RFC 7239 §6](https://www.rfc-editor.org/rfc/rfc7239#section-6)
 */
export function clientNetwork({ ip, ips }: Pick<FastifyRequest, 'ip' | 'ips'>): string {
  const network = networkOf(ip)
  if (network !== undefined) return network
  for (const address of ips?.toReversed() ?? []) {
    const nearer = networkOf(address)
    if (nearer !== undefined) return nearer
  }
  return UNKNOWN
}

/**
 * Returns the network of an address, in the form of {@link clientNetwork}; `undefined` for a text that is not an address.
 *
 * @param address - an IP address, with or without a port and a zone
 * @param prefix - how many bits of an IPv6 address count. Default: 64. A whole site has 48.
 *
 * @example networkOf('[2001:db8::1]:443') // '2001:db8:0:0::/64'
 */
export function networkOf(address: string | undefined, prefix: 48 | 64 = 64): string | undefined {
  const parsed = address === undefined ? undefined : parse(address)
  if (parsed === undefined || parsed instanceof ipaddr.IPv4) return parsed?.toString()
  const groups = parsed.parts.slice(0, prefix / 16).map((group) => group.toString(16))
  return `${groups.join(':')}::/${prefix}`
}

function parse(address: string): ipaddr.IPv4 | ipaddr.IPv6 | undefined {
  const text = withoutPort(address.replace(/%[^\]]*/, ''))
  // `isIP` first, because ipaddr.js accepts 12345 and 0x7f.1 as addresses.
  if (isIP(text) === 0) return undefined
  const parsed = ipaddr.process(text)
  return TRANSLATED.has(parsed.range()) ? new ipaddr.IPv4(parsed.toByteArray().slice(12)) : parsed
}

// A scheme without special rules: with "http:", URL parsers turn 12345 into an address.
function withoutPort(address: string): string {
  if (isIP(address) !== 0) return address
  return parseUrl(`address://${address}`)?.hostname.replace(/^\[|\]$/g, '') ?? address
}
