import { randomBytes } from 'node:crypto'
import type { SessionStore } from '@latchkey/store'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { SessionSealer } from './codec.ts'
import { checkHeadersPending, type SessionCookie, setCookie } from './cookie.ts'
import { cleanLabel, deviceLabel } from './device-label.ts'
import type { OpenedCookies } from './opened-cookies.ts'
import { type OpenedSession, type SealedSession, storedId, toContent } from './sealed-session.ts'
import { checkSignIn, type SignIn } from './sign-in.ts'

/** Begins and ends the session of the browser that a reply goes to. */
export interface BrowserSession {
  signIn(reply: FastifyReply, who: SignIn): Promise<void>
  signOut(reply: FastifyReply): Promise<void>
  /** Sends the session that the browser has once more, sealed with the newest key. */
  sealAgain(reply: FastifyReply, opened: OpenedSession): Promise<void>
}

interface Parts {
  readonly cookie: SessionCookie
  readonly cookies: OpenedCookies
  readonly sealer: SessionSealer
  readonly sessions: SessionStore
  readonly absoluteTimeout: number
  readonly now: () => number
}

export function browserSession({ cookie, cookies, sealer, sessions, absoluteTimeout, now }: Parts): BrowserSession {
  // The sessions that began while a request was under way: its cookie does not know of them.
  const begun = new WeakMap<FastifyRequest, string>()

  return {
    async signIn(reply, who) {
      checkSignIn(who)
      checkHeadersPending(reply)
      const { request } = reply
      const session = sealedSession(who, now())
      const { subject, createdAt } = session
      // Everything that can fail because of what is in the session comes before anything changes.
      const line = await seal(session)
      const id = storedId(session.secret)
      await sessions.create({
        id,
        subject,
        createdAt,
        lastSeenAt: createdAt,
        expiresAt: createdAt + absoluteTimeout,
        label: who.label === undefined ? deviceLabel(request.headers['user-agent']) : cleanLabel(who.label ?? ''),
        upstream: who.upstream ? { issuer: who.upstream.issuer, sid: who.upstream.sid } : null
      })
      try {
        await endEarlier(request)
      } catch (error) {
        // The browser keeps what it has, and nobody will ever have the new one.
        await sessions.end(id).catch(() => undefined)
        throw error
      }
      begun.set(request, id)
      setCookie(reply, cookie.name, line)
    },

    async signOut(reply) {
      checkHeadersPending(reply)
      await endEarlier(reply.request)
      setCookie(reply, cookie.name, cookie.clearing)
    },

    async sealAgain(reply, opened) {
      setCookie(reply, cookie.name, await seal(opened))
    }
  }

  async function seal(session: SealedSession): Promise<string> {
    return cookie.line(await sealer.seal(toContent(session)), session.createdAt + absoluteTimeout - now())
  }

  async function endEarlier(request: FastifyRequest): Promise<void> {
    const ids = [(await cookies.open(request))?.id, begun.get(request)].filter((id) => id !== undefined)
    for (const id of ids) await sessions.end(id)
    begun.delete(request)
  }
}

function sealedSession({ subject, scopes, claims = {}, authenticatedAt }: SignIn, now: number): SealedSession {
  return {
    secret: randomBytes(32).toString('base64url'),
    subject,
    createdAt: now,
    authenticatedAt: authenticatedAt ?? now,
    scopes: scopes ? new Set(scopes) : null,
    claims
  }
}
