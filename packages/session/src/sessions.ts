import { correlationId } from '@latchkey/guard'
import { type RequestCredentials, tell } from '@latchkey/guard/plugin'
import { deriveKey } from '@latchkey/secrets'
import type { SessionStore, UpstreamSession } from '@latchkey/store'
import type { FastifyBaseLogger, FastifyReply, FastifyRequest } from 'fastify'
import type { BrowserSession } from './browser-session.ts'
import { currentSession, type FoundSession } from './current-session.ts'
import { type SessionEvent, sessionChannel } from './events.ts'
import { isLive, type Timeouts } from './lifetime.ts'
import type { OpenedCookies } from './opened-cookies.ts'
import { isSessionId } from './session-id.ts'
import { type CurrentSession, type SessionInfo, sessionInfo } from './session-info.ts'
import type { SessionChanges } from './sign-in.ts'

/**
 * The members of `app.sessions`, for the application and other plugins. Errors of the store (503) reject.
 *
 * @example
 * ```ts
 * const [oldest] = await app.sessions.list(request.principal.subject)
 * if (oldest) await app.sessions.end(oldest.subject, oldest.id)
 * ```
 */
export interface Sessions {
  /** The option `origin`. */
  readonly origin: string | undefined
  /** The cookie's attributes: `secure` is `false` with `insecureCookie`, and `sameSite` is the option. */
  readonly cookie: { readonly secure: boolean; readonly sameSite: 'lax' | 'strict' }
  /** The options `idleTimeout` and `absoluteTimeout`, in seconds: the longest that the `lifetime` of a sign-in can be. */
  readonly timeouts: { readonly idle: number; readonly absolute: number }
  /**
   * Returns the session in a request's cookie, even if another credential authenticated the request. Does not ask the store:
   * the session may have ended, so the result is no proof. For a login that ends it later, when the browser comes back without
   * the cookie.
   */
  presented(request: FastifyRequest): Promise<{ readonly id: string; readonly subject: string } | null>
  /**
   * Returns the session that authenticated a request, as it was when the request arrived; `null` if another credential or none
   * did.
   *
   * @example const id = app.sessions.current(request)?.id
   */
  current(request: FastifyRequest): CurrentSession | null
  /**
   * Gives the session that authenticated a request a new identifier, for a change of its user's password or address. Ends the old
   * one. All else stays: scopes, roles, claims, lifetime, label and the provider's session. Returns `false`, and changes nothing,
   * if another credential or none authenticated the request. Does not ask the store whether the session has ended meanwhile, so
   * that it works after `revokeAll()`. Throws the errors of `reply.signIn()`.
   *
   * @example
   * ```ts
   * await app.guard.revokeAll(request.principal.subject)
   * await app.sessions.renew(reply)
   * ```
   */
  renew(reply: FastifyReply, changes?: SessionChanges): Promise<boolean>
  /**
   * Returns the live sessions of a subject, the oldest first.
   *
   * @example const sessions = await app.sessions.list('alice')
   */
  list(subject: string): Promise<readonly SessionInfo[]>
  /**
   * Ends one session of a subject. Its next request is anonymous. Returns `true` if the session was live. Returns `false` if it
   * was over already. Returns `false` and changes nothing if the subject has no such session.
   *
   * @param id - the `id` from `list()` or `current()`; it may come straight from a form
   *
   * @example const wasLive = await app.sessions.end(request.principal.subject, request.body.id)
   */
  end(subject: string, id: string): Promise<boolean>
  /**
   * Ends all sessions of a subject. Call it after a changed password, or when the account is disabled.
   *
   * @example await app.sessions.revokeAll('alice')
   */
  revokeAll(subject: string): Promise<void>
  /**
   * Ends all sessions that came from one session at a provider.
   *
   * @see [OpenID Connect Back-Channel Logout](https://openid.net/specs/openid-connect-backchannel-1_0.html)
   *
   * @example await app.sessions.revokeUpstream({ issuer: 'https://id.example.com', sid: claims.sid })
   */
  revokeUpstream(upstream: UpstreamSession): Promise<void>
  /**
   * Returns keys of 32 bytes for another plugin's short-lived cookies, derived from the same secrets, the newest first. They
   * cannot open a session.
   *
   * @param label - the purpose of the keys; each purpose needs its own label
   *
   * @example const [newest] = app.sessions.deriveKeys('my-plugin: cart')
   */
  deriveKeys(label: string): readonly Uint8Array[]
}

interface SessionsDependencies extends Timeouts {
  readonly secrets: readonly string[]
  readonly origin: string | undefined
  readonly cookie: { readonly secure: boolean; readonly sameSite: 'lax' | 'strict' }
  readonly cookies: OpenedCookies
  readonly sessions: SessionStore
  readonly current: RequestCredentials<FoundSession>
  readonly browser: Pick<BrowserSession, 'renew'>
  readonly log: FastifyBaseLogger
  readonly seconds: () => number
}

export function sessionsOf(dependencies: SessionsDependencies): Sessions {
  const { secrets, origin, sessions, current, browser, log, seconds } = dependencies
  const { secure, sameSite } = dependencies.cookie
  return Object.freeze({
    origin,
    cookie: Object.freeze({ secure, sameSite }),
    timeouts: Object.freeze({ idle: dependencies.idleTimeout, absolute: dependencies.absoluteTimeout }),
    async presented(request: FastifyRequest) {
      const opened = await dependencies.cookies.open(request)
      return opened && { id: opened.id, subject: opened.subject }
    },
    current(request: FastifyRequest) {
      const found = current.of(request)
      return found && currentSession(found, dependencies)
    },
    async renew(reply: FastifyReply, changes: SessionChanges = {}) {
      const found = current.of(reply.request)
      if (found !== null) await browser.renew(reply, found, changes)
      return found !== null
    },
    async list(subject: string) {
      const kept = await sessions.list(subject)
      return kept
        .filter((session) => isLive(session, dependencies, seconds()))
        .map((session) => sessionInfo(session, dependencies))
    },
    async end(subject: string, id: string) {
      const session = isSessionId(id) ? await sessions.find(id) : null
      if (session?.subject !== subject) return false
      await sessions.end(id)
      const ended = { kind: 'ended', subject, session: correlationId(id), reason: 'requested' } satisfies SessionEvent
      tell(sessionChannel, ended, { log: log, message: 'A session was ended' })
      return isLive(session, dependencies, seconds())
    },
    async revokeAll(subject: string) {
      await sessions.endSubject(subject)
      const ended = { kind: 'all-ended', subject } satisfies SessionEvent
      tell(sessionChannel, ended, { log: log, message: 'All sessions of a subject were ended' })
    },
    async revokeUpstream(upstream: UpstreamSession) {
      await sessions.endUpstream(upstream)
      const ended = {
        kind: 'upstream-ended',
        issuer: upstream.issuer,
        upstream: correlationId(upstream.sid)
      } satisfies SessionEvent
      tell(sessionChannel, ended, { log: log, message: 'The sessions of a session at a provider were ended' })
    },
    deriveKeys: (label: string) => secrets.map((secret) => deriveKey(secret, `latchkey: for another plugin: ${label}`))
  })
}
