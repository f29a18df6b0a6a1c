import type { FastifyBaseLogger, RouteOptions } from 'fastify'

// Linear: a name cannot contain ? & ; # =, so no character is scanned twice. With the option `useSemicolonDelimiter`, Fastify's
// router treats ";" as "?". It always treats "#" so.
const NAME = /[?&;#]([^=?&;#]*)=/g
const END = /[&#]|$/
// pino publishes the symbol of a logger's serializers for plugins.
const SERIALIZERS = Symbol.for('pino.serializers')

type Serializer = (value: unknown) => unknown

/**
 * Keeps access tokens in URLs out of the server's log. The logger's request serializer runs as before, and the parameter's
 * value is removed from its `url`. Does nothing to a logger other than pino, and not to Fastify's own message about a path
 * without a route.
 *
 * @see [RFC 6750 §5.3](https://www.rfc-editor.org/rfc/rfc6750#section-5.3)
 */
export function redactTokensInUrls(log: FastifyBaseLogger): void {
  redactIn(Reflect.get(log, SERIALIZERS))
}

/** The same as {@link redactTokensInUrls} for a route's own serializers. */
export function redactTokensInUrlsOf(route: RouteOptions): void {
  redactIn(route.logSerializers)
}

function redactIn(serializers: unknown): void {
  if (typeof serializers !== 'object' || serializers === null) return
  const serialize: unknown = Reflect.get(serializers, 'req')
  if (typeof serialize !== 'function') return
  const redacting: Serializer = (request) => redacted(serialize.call(serializers, request))
  Reflect.set(serializers, 'req', redacting)
}

function redacted(request: unknown): unknown {
  if (typeof request === 'string') return withoutTokens(request)
  if (typeof request !== 'object' || request === null || !('url' in request)) return request
  return typeof request.url === 'string' ? { ...request, url: withoutTokens(request.url) } : request
}

function withoutTokens(url: string): string {
  let redacted = ''
  let done = 0
  for (const { index, 0: parameter, 1: name = '' } of url.matchAll(NAME)) {
    // Servers decode parameter names too: `access%5Ftoken` is the same parameter.
    if (index < done || !new URLSearchParams(name).has('access_token')) continue
    redacted += `${url.slice(done, index)}${parameter}[redacted]`
    const value = index + parameter.length
    done = value + url.slice(value).search(END)
  }
  return redacted + url.slice(done)
}
