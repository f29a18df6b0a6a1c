import type { FastifyInstance, FastifyRequest } from 'fastify'

/** Addresses for documentation, which no proxy has, in more hops than there are anywhere. */
const STRANGERS = Array.from({ length: 10 }, () => ['192.0.2.1', '198.51.100.1', '203.0.113.1']).flat()
const STRANGER = { headers: { 'x-forwarded-for': STRANGERS.join(', ') }, socket: { remoteAddress: '192.0.2.1' } }

/**
 * Whether Fastify believes `X-Forwarded-For` whoever sends it, as with `trustProxy: true`: then clients make their
 * addresses up. Fastify does not say what `trustProxy` is, so its own `request.ips` is asked about a request of strangers.
 *
 * @param request - a request, or the prototype of requests
 */
export function trustsEveryProxy(request: FastifyRequest | object): boolean {
  const ips: unknown = Reflect.get(Object.create(request, { raw: { value: STRANGER } }) as object, 'ips')
  return Array.isArray(ips) && ips.length > STRANGERS.length
}

/**
 * The prototype of the requests of a server, before there is one. `app.initialConfig` has no `trustProxy`. `undefined` if
 * this version of Fastify keeps it elsewhere.
 */
export function requestPrototype(app: FastifyInstance): object | undefined {
  for (let at: object | null = app; at !== null; at = Reflect.getPrototypeOf(at)) {
    const symbol = Object.getOwnPropertySymbols(at).find(({ description }) => description === 'fastify.Request')
    const made: unknown = symbol && Reflect.get(app, symbol)
    if (typeof made === 'function' && typeof made.prototype === 'object') return made.prototype as object
  }
  return undefined
}
