import cookies from '@fastify/cookie'
import { cookiePairs, neverStored } from '@latchkey/guard'
import Fastify, { type FastifyReply, type FastifyRequest } from 'fastify'
import { SessionTooLargeError, SessionTooLateError } from './errors.ts'

/** Browsers keep cookies of up to this many bytes, name and attributes included. */
const MOST_BYTES = 4096

/** How the cookie is called and sent. */
export interface CookieSettings {
  readonly name: string
  readonly secure: boolean
  readonly sameSite: 'lax' | 'strict'
}

/** The session cookie of requests and replies. */
export interface SessionCookie {
  readonly name: string
  /** The text in a request's cookie, or `null` when there is none, or when there are several and none can be told genuine. */
  read(request: FastifyRequest): string | null
  /**
   * The `Set-Cookie` line for a text.
   *
   * @throws SessionTooLargeError
   */
  line(text: string, maxAge: number): string
  /** The `Set-Cookie` line that makes a browser forget the cookie. */
  readonly clearing: string
}

// The parser removes spaces and tabs around a name, and no other character.
const END_OF_NAME = /^[ \t]*(?:=|$)/

/**
 * Reads and writes with the parser of `@fastify/cookie`, in a Fastify instance of its own: whether the application
 * has that plugin, registers it before or after, or gives it a `decode` that throws, changes nothing here. No other cookie
 * than this one is decoded.
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
      // Under one name a browser has one cookie for this host: two of them were brought about by somebody else.
      if (own === undefined || another !== undefined) return null
      return format.parseCookie(own)[name] ?? null
    },
    line(text, maxAge) {
      const line = format.serializeCookie(name, text, { ...attributes, maxAge })
      const size = Buffer.byteLength(line)
      if (size > MOST_BYTES) throw new SessionTooLargeError(size, MOST_BYTES)
      return line
    },
    clearing: format.serializeCookie(name, '', { ...attributes, maxAge: 0, expires: new Date(0) })
  }
}

/** @throws SessionTooLateError when a cookie that is set now would not be sent */
export function checkHeadersPending({ raw }: FastifyReply): void {
  if (raw.headersSent) throw new SessionTooLateError()
}

/**
 * Sets a cookie at once, in place of an earlier one of that name: on the reply for Fastify, and on the raw response for a
 * handler that takes over from Fastify and writes by itself. What the other cookies are stays.
 */
export function setCookie(reply: FastifyReply, name: string, line: string): void {
  const earlier = [reply.getHeader('set-cookie'), reply.raw.getHeader('set-cookie')].flat().filter(isLine)
  const lines = [...new Set(earlier)].filter((other) => !other.startsWith(`${name}=`))
  reply.removeHeader('set-cookie')
  reply.header('set-cookie', [...lines, line])
  reply.raw.setHeader('set-cookie', [...lines, line])
  // A copy of this answer is the session (RFC 9111 §7.3).
  neverStored(reply)
}

function isLine(header: unknown): header is string {
  return typeof header === 'string'
}
