import { type Authentication, type Authenticator, safeReturnTo, UnavailableError } from '@latchkey/guard'
import type { RequestCredentials } from '@latchkey/guard/plugin'
import type { Session, SessionStore } from '@latchkey/store'
import type { FastifyRequest } from 'fastify'
import type { Activity } from './activity.ts'
import type { FoundSession } from './current-session.ts'
import { isLive, type Timeouts } from './lifetime.ts'
import type { OpenedCookies } from './opened-cookies.ts'
import type { OpenedSession } from './sealed-session.ts'

type MaybePromise<Value> = Value | Promise<Value>

/** The name of the authenticator: `principal.scheme`. */
export const SCHEME = 'session'

/** The settings and dependencies of the authenticator. */
export interface AuthenticatorDependencies extends Timeouts {
  readonly cookieName: string
  readonly origin: string | undefined
  readonly loginPath: string | undefined
  readonly basePath: string
  readonly seconds: () => number
  readonly sessions: SessionStore
  readonly cookies: OpenedCookies
  readonly current: RequestCredentials<FoundSession>
  readonly activity: Activity
}

/**
 * The guard's authenticator for session cookies. An invalid cookie counts as none: the caller is anonymous and can sign in. If
 * the store does not answer, the request gets 503 and the browser keeps the cookie.
 */
export function sessionAuthenticator(dependencies: AuthenticatorDependencies): Authenticator {
  const { cookieName, origin, loginPath, basePath, cookies } = dependencies
  const description = loginPath === undefined ? 'Sign in first.' : `Sign in at ${loginPath}.`

  return Object.freeze({
    scheme: SCHEME,
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
      // The path in the browser: before `rewriteUrl`, and with the base path that a proxy removed.
      const page = basePath + originalUrl
      // Prevents a loop: the login page itself may be guarded.
      if (loginPath === undefined || [page, url].some((path) => path.split('?', 1)[0] === loginPath)) return null
      const returnTo = safeReturnTo(page, origin, `${basePath}/`)
      return `${loginPath}?returnTo=${encodeURIComponent(returnTo)}${fresh ? '&prompt=login' : ''}`
    }
  } satisfies Authenticator)

  // Creates no promise if the store returns none.
  function judge(request: FastifyRequest, opened: OpenedSession): MaybePromise<Authentication | null> {
    const stored = find(opened)
    return stored instanceof Promise
      ? stored.then((late) => vouch(request, opened, late))
      : vouch(request, opened, stored)
  }

  function vouch(request: FastifyRequest, opened: OpenedSession, stored: Session | null): Authentication | null {
    if (stored?.subject !== opened.subject || !isLive(stored, dependencies, dependencies.seconds())) return null
    dependencies.current.remember(request, { opened, stored })
    dependencies.activity.note(stored, request.log)
    return opened.authentication
  }

  function find({ id }: OpenedSession): MaybePromise<Session | null> {
    try {
      const found = dependencies.sessions.find(id)
      // Any thenable counts as a promise: it may come from another realm.
      return found && 'then' in found ? Promise.resolve(found).catch(unavailable) : found
    } catch (cause) {
      return unavailable(cause)
    }
  }
}

function unavailable(cause: unknown): never {
  throw new UnavailableError('Sessions cannot be looked up now', { cause })
}
