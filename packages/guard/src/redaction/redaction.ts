import type { FastifyBaseLogger, RouteOptions } from 'fastify'

// Linear: a name cannot contain ? & ; # =, so no character is scanned twice. With the option `useSemicolonDelimiter`, Fastify's
// router treats ";" as "?". It always treats "#" so.
const NAME = /[?&;#]([^=?&;#]*)=/g
const END = /[&#]|$/
// pino publishes the symbol of a logger's serializers for plugins.
const SERIALIZERS = Symbol.for('pino.serializers')

/** The members of an authenticator that tell its credentials from other texts. */
export interface LoggedCredential {
  readonly header: string
  readonly secretPattern?: RegExp | undefined
}

type Serializer = (value: unknown) => unknown

// Compiled once: a busy server logs each request.
const compiled = new WeakMap<RegExp, RegExp>()

/**
 * Keeps credentials in requests out of the server's log. The logger's request serializer runs as before. Then the values of
 * `access_token` parameters, and the texts that match a `secretPattern`, are removed from its `url`, and the values of the
 * authenticators' headers from its `headers`, if it has them. Does nothing to a logger other than pino, and not to Fastify's own
 * message about a path without a route.
 *
 * @param credentials - read for each request, because authenticators are added later
 * @see [RFC 6750 §5.3](https://www.rfc-editor.org/rfc/rfc6750#section-5.3)
 */
export function redactCredentials(log: FastifyBaseLogger, credentials: readonly LoggedCredential[]): void {
  redactIn(Reflect.get(log, SERIALIZERS), credentials)
}

/** The same as {@link redactCredentials} for a route's own serializers. */
export function redactCredentialsOf(route: RouteOptions, credentials: readonly LoggedCredential[]): void {
  redactIn(route.logSerializers, credentials)
}

function redactIn(serializers: unknown, credentials: readonly LoggedCredential[]): void {
  if (typeof serializers !== 'object' || serializers === null) return
  const serialize: unknown = Reflect.get(serializers, 'req')
  if (typeof serialize !== 'function') return
  const redacting: Serializer = (request) => redacted(serialize.call(serializers, request), credentials)
  Reflect.set(serializers, 'req', redacting)
}

function redacted(request: unknown, credentials: readonly LoggedCredential[]): unknown {
  if (typeof request === 'string') return withoutCredentials(request)
  if (typeof request !== 'object' || request === null) return request
  const { url, headers } = request as { readonly url?: unknown; readonly headers?: unknown } // cast: any object may lack them
  return {
    ...request,
    ...(typeof url === 'string' && { url: withoutCredentials(url) }),
    ...(typeof headers === 'object' && headers !== null && { headers: withoutSecrets(headers) })
  }

  function withoutCredentials(url: string): string {
    return withoutMatches(withoutTokens(url))
  }

  function withoutSecrets(headers: object): object {
    const names = new Set(credentials.map(({ header }) => header.toLowerCase()))
    return Object.fromEntries(
      Object.entries(headers).map(([name, value]: [string, unknown]) => {
        if (names.has(name.toLowerCase())) return [name, '[redacted]']
        return [name, typeof value === 'string' ? withoutMatches(value) : value]
      })
    )
  }

  function withoutMatches(text: string): string {
    return credentials.reduce(
      (rest, { secretPattern }) =>
        secretPattern === undefined ? rest : rest.replaceAll(globally(secretPattern), '[redacted]'),
      text
    )
  }
}

/** Returns the pattern without its flags, for all matches in a text. */
function globally(pattern: RegExp): RegExp {
  const known = compiled.get(pattern)
  if (known !== undefined) return known
  const global = new RegExp(pattern.source, 'g')
  compiled.set(pattern, global)
  return global
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
