import { clientNetwork } from '@latchkey/guard'
import { networkOf } from '@latchkey/guard/plugin'
import type { FastifyBaseLogger, FastifyInstance, FastifyRequest } from 'fastify'
import { isPrivate } from './private-network.ts'
import { requestPrototype, trustsEveryProxy } from './trusted-proxies.ts'

const CURE =
  "Set Fastify's trustProxy to the addresses of the proxies, such as ['10.0.0.0/8']. It must be neither true nor a number"

/** The sites of guesses, and warnings when request addresses are not those of the clients. */
export interface ClientAddresses {
  /** Warns if Fastify trusts every proxy. */
  checkTrust(app: FastifyInstance): void
  /** Warns once, when a request shows that its address is not that of the client. */
  watch(request: FastifyRequest): void
  /**
   * The site of a request: an IPv4 address, or the /48 of an IPv6 address. With `trustProxy: true`, clients can forge their
   * address. The site is then the first public address on the way back from this server: one of our proxies wrote it, or it is
   * the address of the connection.
   */
  siteOf(request: FastifyRequest): string
}

/** @param name - of the plugin, for the warnings */
export function clientAddresses(name: string, log: FastifyBaseLogger): ClientAddresses {
  let trustsAll: boolean | undefined
  let hasWarned = false
  return {
    checkTrust(app) {
      const prototype = requestPrototype(app)
      if (prototype !== undefined) check(prototype)
    },

    watch(request) {
      if (!hasWarned && !check(request)) warnOf(request)
    },

    siteOf(request) {
      return (check(request) ? outermost(request) : networkOf(request.ip, 48)) ?? clientNetwork(request)
    }
  }

  function check(request: object): boolean {
    if (trustsAll !== undefined) return trustsAll
    trustsAll = trustsEveryProxy(request)
    if (trustsAll) {
      log.warn(
        `${name}: Fastify trusts every proxy (trustProxy: true). Clients make their addresses up, and each guess can come ` +
          `from another one. ${CURE}`
      )
    }
    return trustsAll
  }

  function warnOf(request: FastifyRequest): void {
    const fault = faultOf(request)
    if (fault === undefined) return
    hasWarned = true
    log.warn(`${name}: ${fault}, so that failures of one client count for all of them. ${CURE}`)
  }
}

/** Why the address of a request is not that of its client; `undefined` if nothing shows that. */
function faultOf(request: FastifyRequest): string | undefined {
  const { ip, headers } = request
  const { forwarded } = headers
  const forwardedFor = headers['x-forwarded-for']?.toString()
  if (forwardedFor === undefined && forwarded === undefined) return undefined
  const client = forwardedFor?.split(',', 1)[0]?.trim()
  if (client === ip) return networkOf(ip) === undefined ? 'A proxy writes no address into X-Forwarded-For' : undefined
  if (!isPrivate(networkOf(ip) ?? '127.0.0.1')) return undefined
  return forwardedFor === undefined
    ? 'A proxy sends Forwarded, and Fastify reads X-Forwarded-For only'
    : 'A request comes from a proxy that Fastify does not trust'
}

function outermost({ ips }: FastifyRequest): string | undefined {
  const chain = ips?.flatMap((address) => networkOf(address, 48) ?? [])
  return chain?.find((network) => !isPrivate(network)) ?? chain?.[1] ?? chain?.[0]
}
