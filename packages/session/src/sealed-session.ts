import type { Authentication } from '@latchkey/guard'
import { formatScope, parseScope, readonlyScopes } from '@latchkey/guard/plugin'
import { isBoolean, isRecord, isText } from '@latchkey/options'
import type { SessionContent, UnsealedSession } from './codec.ts'
import { sessionId } from './session-id.ts'

/** The content of a session cookie. All times are in seconds since the epoch. */
export interface SealedSession {
  /** A random value that only the browser has. The store has its hash. */
  readonly secret: string
  readonly subject: string
  readonly createdAt: number
  /** `null` if the time is not known. */
  readonly authenticatedAt: number | null
  /** `null` for all that the subject may do. */
  readonly scopes: ReadonlySet<string> | null
  /** `undefined` if no roles restrict the session. */
  readonly roles: readonly string[] | undefined
  readonly claims: Readonly<Record<string, unknown>>
  /** The session's own idle timeout in seconds; `null` for that of the plugin. */
  readonly idle: number | null
  /** The session's own absolute timeout in seconds; `null` for that of the plugin. */
  readonly absolute: number | null
  /** Whether the browser keeps the cookie when it is closed. */
  readonly remembered: boolean
}

/** A session's cookie, opened. */
export interface OpenedSession extends SealedSession {
  /** The key in the store. A cookie cannot be made from it. */
  readonly id: string
  /** Whether an older key sealed the cookie, so that it must be sealed again. */
  readonly isStale: boolean
  /** The authentication for the guard, made once per cookie. */
  readonly authentication: Authentication
}

/** Returns when a session ends even if it is used, in seconds since the epoch. */
export function absoluteEndOf(
  { createdAt, absolute }: Pick<SealedSession, 'createdAt' | 'absolute'>,
  absoluteTimeout: number
): number {
  return createdAt + Math.min(absolute ?? absoluteTimeout, absoluteTimeout)
}

/** Returns the content for the cookie. Its names are short, because a cookie is small. */
export function toContent(session: SealedSession): SessionContent {
  const { secret, subject, createdAt, authenticatedAt, scopes, roles, claims, idle, absolute, remembered } = session
  return {
    // Marks the content as a session, so that other sealed content does not pass for one, even with the same key by mistake.
    t: 'session',
    id: secret,
    sub: subject,
    iat: createdAt,
    auth_time: authenticatedAt,
    ...(scopes && { scope: formatScope(scopes) }),
    ...(roles && { roles }),
    ...(Object.keys(claims).length > 0 && { claims }),
    ...(idle !== null && { idle }),
    ...(absolute !== null && { absolute }),
    ...(!remembered && { remembered })
  }
}

/** Returns the session in a cookie's content; `null` for other content, such as that of another version of this package. */
export function fromContent({ content, isStale }: UnsealedSession): OpenedSession | null {
  if (!isRecord(content) || content['t'] !== 'session') return null
  const { id: secret, sub: subject, iat: createdAt, auth_time: authenticatedAt, scope, roles, claims = {} } = content
  const { idle = null, absolute = null, remembered = true } = content
  const parsed = scope === undefined ? null : typeof scope === 'string' ? parseScope(scope) : undefined
  if (parsed === undefined || (scope !== undefined && parsed === null)) return null
  const scopes = parsed && readonlyScopes(parsed)
  if (!isText(secret) || !isText(subject) || !isTime(createdAt)) return null
  if (authenticatedAt !== null && !isTime(authenticatedAt)) return null
  if (!isRecord(claims) || !isTimeout(idle) || !isTimeout(absolute) || !isBoolean(remembered)) return null
  if (roles !== undefined && !isTexts(roles)) return null
  frozen(claims)
  if (roles !== undefined) frozen(roles)
  const session = { secret, subject, createdAt, authenticatedAt, scopes, roles, claims, idle, absolute, remembered }
  const authentication = Object.freeze({ subject, issuer: null, scopes, roles, claims, authenticatedAt })
  return Object.freeze({ ...session, id: sessionId(secret, idle), isStale, authentication })
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every(isText)
}

function isTime(value: unknown): value is number {
  return Number.isSafeInteger(value)
}

function isTimeout(value: unknown): value is number | null {
  return value === null || isTime(value)
}

// Frozen, because an opened cookie serves many requests, and one must not leave data in it for the next.
function frozen(value: object): void {
  for (const part of Object.values(Object.freeze(value)) as unknown[]) {
    if (typeof part === 'object' && part !== null) frozen(part)
  }
}
