import type { FastifyInstance, FastifyRequest } from 'fastify'

/** Addresses for documentation, which no proxy has, and more hops than any real request has. */
const STRANGERS = Array.from({ length: 10 }, () => ['192.0.2.1', '198.51.100.1', '203.0.113.1']).flat()
const STRANGER = { headers: { 'x-forwarded-for': STRANGERS.join(', ') }, socket: { remoteAddress: '192.0.2.1' } }

/**
 * Whether Fastify accepts `X-Forwarded-For` from every sender, as with `trustProxy: true`. Clients can then forge their
 * address. Fastify does not expose the option `trustProxy`, so this evaluates its own `request.ips` for a request with made-up
 * addresses.
 *
 * @param request - a request, or the prototype of requests
 */
export function trustsEveryProxy(request: FastifyRequest | object): boolean {
  const ips: unknown = Reflect.get(Object.create(request, { raw: { value: STRANGER } }) as object, 'ips')
  return Array.isArray(ips) && ips.length > STRANGERS.length
}

/** How far Fastify trusts `X-Forwarded-For`. `unknown` if this version of Fastify does not show it. */
export type ProxyTrust = 'none' | 'some' | 'every' | 'unknown'

/** Returns whether Fastify's option `trustProxy` trusts no proxy, some proxies, or every sender. */
export function proxyTrust(app: FastifyInstance): ProxyTrust {
  const prototype = requestPrototype(app)
  if (prototype === undefined) return 'unknown'
  if (!('ips' in prototype)) return 'none'
  return trustsEveryProxy(prototype) ? 'every' : 'some'
}

/**
 * The prototype of the requests of a server, before the first request. It is needed because `app.initialConfig` has no
 * `trustProxy`. `undefined` if this version of Fastify keeps it elsewhere.
 */
export function requestPrototype(app: FastifyInstance): object | undefined {
  for (let at: object | null = app; at !== null; at = Reflect.getPrototypeOf(at)) {
    const symbol = Object.getOwnPropertySymbols(at).find(({ description }) => description === 'fastify.Request')
    const made: unknown = symbol && Reflect.get(app, symbol)
    if (typeof made === 'function' && typeof made.prototype === 'object') return made.prototype as object
  }
  return undefined
}
