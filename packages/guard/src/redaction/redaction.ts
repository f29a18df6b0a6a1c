import type { FastifyBaseLogger, RouteOptions } from 'fastify'

// A name ends at every sign that may begin one: each is looked at once, however many there are. With the option
// `useSemicolonDelimiter`, Fastify's router takes ";" for "?", and "#" always.
const NAME = /[?&;#]([^=?&;#]*)=/g
const END = /[&#]|$/
// pino publishes the key of a logger's serializers, so that plugins can find them.
const SERIALIZERS = Symbol.for('pino.serializers')

type Serializer = (value: unknown) => unknown

/**
 * Keeps an access token that somebody put in a URL out of the server's log: the request serializer that the logger has
 * goes on doing its work, and the `url` it gives loses the parameter's value. Does nothing to a logger that is not pino,
 * nor to Fastify's own message about a path that no route has.
 *
 * @see [RFC 6750 §5.3](https://www.rfc-editor.org/rfc/rfc6750#section-5.3)
 */
export function redactTokensInUrls(log: FastifyBaseLogger): void {
  redactIn(Reflect.get(log, SERIALIZERS))
}

/** The same for the serializers of a route, which Fastify makes for it alone. */
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
    // A server decodes the names of parameters too: `access%5Ftoken` is the same parameter.
    if (index < done || !new URLSearchParams(name).has('access_token')) continue
    redacted += `${url.slice(done, index)}${parameter}[redacted]`
    const value = index + parameter.length
    done = value + url.slice(value).search(END)
  }
  return redacted + url.slice(done)
}
