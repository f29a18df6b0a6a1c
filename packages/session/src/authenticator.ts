import { type Authentication, type Authenticator, safeReturnTo, UnavailableError } from '@latchkey/guard'
import type { Session, SessionStore } from '@latchkey/store'
import type { FastifyRequest } from 'fastify'
import type { Activity } from './activity.ts'
import type { CurrentSessions } from './current-session.ts'
import { isLive, type Timeouts } from './lifetime.ts'
import type { OpenedCookies } from './opened-cookies.ts'
import type { OpenedSession } from './sealed-session.ts'

type MaybePromise<Value> = Value | Promise<Value>

/** What sessions are judged with. */
export interface Judgement extends Timeouts {
  readonly cookieName: string
  readonly origin: string | undefined
  readonly loginPath: string | undefined
  readonly basePath: string
  readonly now: () => number
  readonly sessions: SessionStore
  readonly cookies: OpenedCookies
  readonly current: CurrentSessions
  readonly activity: Activity
}

/**
 * The guard's authenticator for session cookies. A cookie that is no good is no cookie: the caller is anonymous, and can
 * sign in. What the store cannot say now is 503, and leaves the cookie alone.
 */
export function sessionAuthenticator(judgement: Judgement): Authenticator {
  const { cookieName, origin, loginPath, basePath, cookies } = judgement
  const description = loginPath === undefined ? 'Sign in first.' : `Sign in at ${loginPath}.`

  return Object.freeze({
    scheme: 'session',
    challenge: null,
    ambient: true,
    header: 'Cookie',
    origin,
    securitySchemes: {
      session: {
        type: 'apiKey',
        in: 'cookie',
        name: cookieName,
        description: `A cookie that the browser sends by itself. ${description}`
      }
    },
    authenticate(request) {
      const opened = cookies.open(request)
      if (opened === null) return null
      return opened instanceof Promise ? opened.then((late) => late && judge(request, late)) : judge(request, opened)
    },
    signInUrl({ url, originalUrl }, { fresh }) {
      // As the browser has it: before `rewriteUrl`, and before a proxy took the base path off.
      const page = basePath + originalUrl
      // A login page that is guarded itself would lead to itself.
      if (loginPath === undefined || [page, url].some((path) => path.split('?', 1)[0] === loginPath)) return null
      const returnTo = safeReturnTo(page, origin, `${basePath}/`)
      return `${loginPath}?returnTo=${encodeURIComponent(returnTo)}${fresh ? '&prompt=login' : ''}`
    }
  } satisfies Authenticator)

  // Makes no promise where the store makes none.
  function judge(request: FastifyRequest, opened: OpenedSession): MaybePromise<Authentication | null> {
    const stored = find(opened)
    return stored instanceof Promise
      ? stored.then((late) => vouch(request, opened, late))
      : vouch(request, opened, stored)
  }

  function vouch(request: FastifyRequest, opened: OpenedSession, stored: Session | null): Authentication | null {
    if (stored?.subject !== opened.subject || !isLive(stored, judgement, judgement.now())) return null
    judgement.current.remember(request, opened, stored)
    judgement.activity.note(stored, request.log)
    return opened.authentication
  }

  function find({ id }: OpenedSession): MaybePromise<Session | null> {
    try {
      const found = judgement.sessions.find(id)
      // Whatever can be awaited is a promise, if not one of this realm's.
      return found && 'then' in found ? Promise.resolve(found).catch(unavailable) : found
    } catch (cause) {
      return unavailable(cause)
    }
  }
}

function unavailable(cause: unknown): never {
  throw new UnavailableError('Sessions cannot be looked up now', { cause })
}
