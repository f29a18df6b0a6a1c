import cookies from '@fastify/cookie'
import { neverStored } from '@latchkey/guard'
import { cookiePairs } from '@latchkey/guard/plugin'
import Fastify, { type FastifyReply, type FastifyRequest } from 'fastify'
import { SessionTooLargeError, SessionTooLateError } from './errors.ts'

/** The largest cookie that browsers keep, in bytes, name and attributes included. */
const MOST_BYTES = 4096

/** The name and the attributes of the cookie. */
export interface CookieSettings {
  readonly name: string
  readonly secure: boolean
  readonly sameSite: 'lax' | 'strict'
}

/** The session cookie of requests and replies. */
export interface SessionCookie {
  readonly name: string
  /** Returns the text of a request's cookie; `null` if there is none, or if there are several with the name. */
  read(request: FastifyRequest): string | null
  /**
   * Returns the `Set-Cookie` line for a text.
   *
   * @param maxAge - in seconds; `null` for a cookie that the browser forgets when it is closed
   * @throws SessionTooLargeError
   */
  line(text: string, maxAge: number | null): string
  /** The `Set-Cookie` line that deletes the cookie. */
  readonly clearing: string
}

// The parser removes spaces and tabs around a name, and no other character.
const END_OF_NAME = /^[ \t]*(?:=|$)/

/**
 * Reads and writes cookies with the parser of `@fastify/cookie`, in a separate Fastify instance. So the application's own use
 * of that plugin has no effect here: whether it is registered, when, or with a `decode` that throws. No other cookie is
 * decoded. The instance never listens. The functions `parse` and `serialize` that the plugin exports need it all the same:
 * they throw until some instance has registered the plugin.
 */
export async function sessionCookie({ name, secure, sameSite }: CookieSettings): Promise<SessionCookie> {
  const format = Fastify()
  await format.register(cookies, { hook: false })
  await format.ready()
  const attributes = { path: '/', httpOnly: true, secure, sameSite }

  return {
    name,
    read({ headers: { cookie } }) {
      if (cookie === undefined) return null
      const [own, another] = cookiePairs(cookie, name).filter((pair) => END_OF_NAME.test(pair.slice(name.length)))
      // A browser has one cookie of this name for this host. A second one was set by another party.
      if (own === undefined || another !== undefined) return null
      return format.parseCookie(own)[name] ?? null
    },
    line(text, maxAge) {
      const line = format.serializeCookie(name, text, { ...attributes, ...(maxAge !== null && { maxAge }) })
      const size = Buffer.byteLength(line)
      if (size > MOST_BYTES) throw new SessionTooLargeError(size, MOST_BYTES)
      return line
    },
    clearing: format.serializeCookie(name, '', { ...attributes, maxAge: 0, expires: new Date(0) })
  }
}

/** @throws SessionTooLateError when the headers are sent already */
export function checkHeadersPending({ raw }: FastifyReply): void {
  if (raw.headersSent) throw new SessionTooLateError()
}

/**
 * Sets a cookie at once and replaces an earlier one of the same name: on the reply for Fastify, and on the raw response for a
 * handler that writes to it. Other cookies stay.
 */
export function setCookie(reply: FastifyReply, name: string, line: string): void {
  const earlier = [reply.getHeader('set-cookie'), reply.raw.getHeader('set-cookie')].flat().filter(isLine)
  const lines = [...new Set(earlier)].filter((other) => !other.startsWith(`${name}=`))
  reply.removeHeader('set-cookie')
  reply.header('set-cookie', [...lines, line])
  reply.raw.setHeader('set-cookie', [...lines, line])
  // A cached copy of this answer would contain the session (RFC 9111 §7.3).
  neverStored(reply)
}

function isLine(header: unknown): header is string {
  return typeof header === 'string'
}
