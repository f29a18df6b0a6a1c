import { isIP } from 'node:net'
import type { FastifyRequest } from 'fastify'
import ipaddr from 'ipaddr.js'

/** The key of requests whose address is not known. They count as one client. */
const UNKNOWN = 'unknown'

/** The first 96 bits of an IPv6 address that is an IPv4 address behind a translator. */
const TRANSLATED = new Set(['rfc6052', 'rfc6145'])

/**
 * The network that a request comes from, as a key for counts and shares by client: an IPv4 address, or the /64 of an IPv6
 * address, since one subscriber has all of it. An IPv4 address that is written as an IPv6 one is the same key.
 *
 * The address is `request.ip`. Where a proxy wrote `203.0.113.7:40040` or `[2001:db8::1]:443`, the port does not count.
 * What is no address, such as `unknown` or `_hidden`, is never a key: the address of the nearest proxy that wrote one
 * takes its place, at last that of the connection. Requests without any address have one key together.
 *
 * Does not tell whether the address is true: with `trustProxy: true` the client makes it up.
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
 * The network of an address, as {@link clientNetwork} writes it; `undefined` for what is no address.
 *
 * @param address - an IP address, with or without a port and a zone
 * @param prefix - how many bits of an IPv6 address count. Default: 64. A whole site has 48.
 */
export function networkOf(address: string | undefined, prefix: 48 | 64 = 64): string | undefined {
  const parsed = address === undefined ? undefined : parse(address)
  if (parsed === undefined || parsed instanceof ipaddr.IPv4) return parsed?.toString()
  const groups = parsed.parts.slice(0, prefix / 16).map((group) => group.toString(16))
  return `${groups.join(':')}::/${prefix}`
}

function parse(address: string): ipaddr.IPv4 | ipaddr.IPv6 | undefined {
  const text = withoutPort(address.replace(/%[^\]]*/, ''))
  // ipaddr.js alone would take 12345 and 0x7f.1 for addresses.
  if (isIP(text) === 0) return undefined
  const parsed = ipaddr.process(text)
  return TRANSLATED.has(parsed.range()) ? new ipaddr.IPv4(parsed.toByteArray().slice(12)) : parsed
}

// A scheme that URL parsers do not know: for "http" they would turn 12345 into an address.
function withoutPort(address: string): string {
  if (isIP(address) !== 0) return address
  const url = `address://${address}`
  return URL.canParse(url) ? new URL(url).hostname.replace(/^\[|\]$/g, '') : address
}
