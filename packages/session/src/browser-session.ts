import { correlationId } from '@latchkey/guard'
import { tell } from '@latchkey/guard/plugin'
import { randomBytes } from 'node:crypto'
import type { Session, SessionStore } from '@latchkey/store'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { SessionSealer } from './codec.ts'
import { checkHeadersPending, type SessionCookie, setCookie } from './cookie.ts'
import { cleanLabel, deviceLabel } from './device-label.ts'
import type { FoundSession } from './current-session.ts'
import { type SessionEvent, sessionChannel } from './events.ts'
import type { Timeouts } from './lifetime.ts'
import type { OpenedCookies } from './opened-cookies.ts'
import { absoluteEndOf, type OpenedSession, type SealedSession, toContent } from './sealed-session.ts'
import { sessionId } from './session-id.ts'
import { checkChanges, type SessionChanges, type SignIn, signInCheck } from './sign-in.ts'

/** Starts and ends the session of the browser that a reply goes to. */
export interface BrowserSession {
  signIn(reply: FastifyReply, who: SignIn): Promise<void>
  signOut(reply: FastifyReply): Promise<void>
  /** Gives the session that authenticated the request a new identifier. It ends when the old one would have ended. */
  renew(reply: FastifyReply, found: FoundSession, changes: SessionChanges): Promise<void>
  /**
   * Seals the browser's session again with the newest key and sends it, unless the session has ended meanwhile. Never rejects:
   * the next request tries again.
   */
  sealAgain(reply: FastifyReply, opened: OpenedSession): Promise<void>
}

interface BrowserSessionDependencies extends Timeouts {
  readonly cookie: SessionCookie
  readonly cookies: OpenedCookies
  readonly sealer: SessionSealer
  readonly sessions: SessionStore
  readonly seconds: () => number
}

/** The members of a session that the event of its end needs. */
interface Known {
  readonly id: string
  readonly subject: string
}

export function browserSession({
  cookie,
  cookies,
  sealer,
  sessions,
  idleTimeout,
  absoluteTimeout,
  seconds
}: BrowserSessionDependencies): BrowserSession {
  // Sessions that were started during a request: the request's cookie does not contain them.
  const begun = new WeakMap<FastifyRequest, Known>()
  const checkSignIn = signInCheck({ idleTimeout, absoluteTimeout })

  return {
    async signIn(reply, given) {
      const who = checkSignIn(given)
      const session = sealedSession(who, seconds())
      const { 'user-agent': userAgent } = reply.request.headers
      await begin(reply, session, {
        expiresAt: absoluteEndOf(session, absoluteTimeout),
        label: who.label === undefined ? deviceLabel(userAgent) : cleanLabel(who.label ?? ''),
        upstream: who.upstream ? { issuer: who.upstream.issuer, sid: who.upstream.sid } : null
      })
    },

    async renew(reply, { opened, stored }, given) {
      const { authenticatedAt = opened.authenticatedAt } = checkChanges(given)
      await begin(reply, { ...opened, secret: newSecret(), authenticatedAt }, stored)
    },

    async signOut(reply) {
      checkHeadersPending(reply)
      await endEarlier(reply.request, 'signed-out')
      setCookie(reply, cookie.name, cookie.clearing)
    },

    async sealAgain(reply, opened) {
      try {
        if ((await sessions.find(opened.id)) === null) return
        const line = await seal(opened)
        if (!reply.raw.headersSent) setCookie(reply, cookie.name, line)
      } catch (error) {
        reply.log.warn({ err: error }, 'A session could not be sealed with the newest secret')
      }
    }
  }

  async function begin(
    reply: FastifyReply,
    session: SealedSession,
    { expiresAt, label, upstream }: Pick<Session, 'expiresAt' | 'label' | 'upstream'>
  ): Promise<void> {
    checkHeadersPending(reply)
    const { request } = reply
    const { subject, createdAt } = session
    // Everything that can fail because of the session's content comes before any change.
    const line = await seal(session)
    const id = sessionId(session.secret, session.idle)
    await sessions.create({ id, subject, createdAt, lastSeenAt: seconds(), expiresAt, label, upstream })
    try {
      await endEarlier(request, 'replaced')
    } catch (error) {
      // The browser keeps its cookie, and the new session is never sent.
      await sessions.end(id).catch(() => undefined)
      throw error
    }
    begun.set(request, { id, subject })
    setCookie(reply, cookie.name, line)
    const started = { kind: 'started', subject, session: correlationId(id) } satisfies SessionEvent
    tell(sessionChannel, started, { log: request.log, message: 'A session began' })
  }

  async function seal(session: SealedSession): Promise<string> {
    const maxAge = session.remembered ? absoluteEndOf(session, absoluteTimeout) - seconds() : null
    return cookie.line(await sealer.seal(toContent(session)), maxAge)
  }

  async function endEarlier(request: FastifyRequest, reason: 'replaced' | 'signed-out'): Promise<void> {
    const earlier = [await cookies.open(request), begun.get(request)].filter(
      (known) => known !== null && known !== undefined
    )
    for (const { id, subject } of earlier) {
      await sessions.end(id)
      const ended = { kind: 'ended', subject, session: correlationId(id), reason } satisfies SessionEvent
      tell(sessionChannel, ended, { log: request.log, message: 'A session ended' })
    }
    begun.delete(request)
  }
}

function sealedSession(
  {
    subject,
    scopes,
    roles,
    claims = {},
    authenticatedAt,
    lifetime: { idle, absolute, remembered = true } = {}
  }: SignIn,
  now: number
): SealedSession {
  return {
    secret: newSecret(),
    subject,
    createdAt: now,
    authenticatedAt: authenticatedAt === undefined ? now : authenticatedAt,
    scopes: scopes ? new Set(scopes) : null,
    roles,
    claims,
    idle: idle ?? null,
    absolute: absolute ?? null,
    remembered
  }
}

function newSecret(): string {
  return randomBytes(32).toString('base64url')
}
