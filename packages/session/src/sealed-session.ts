import { createHash } from 'node:crypto'
import { type Authentication, formatScope, parseScope, readonlyScopes } from '@latchkey/guard'
import type { SessionContent, UnsealedSession } from './codec.ts'

/** What the cookie of a session says. All times are in seconds since the epoch. */
export interface SealedSession {
  /** What only the browser has: random. The store knows its hash. */
  readonly secret: string
  readonly subject: string
  readonly createdAt: number
  /** `null`: not known. */
  readonly authenticatedAt: number | null
  /** `null`: all that the subject may do. */
  readonly scopes: ReadonlySet<string> | null
  readonly claims: Readonly<Record<string, unknown>>
}

/** A session's cookie, opened. */
export interface OpenedSession extends SealedSession {
  /** The key in the store: whoever reads the store can make no cookie of it. */
  readonly id: string
  /** Whether it should be sealed again, with the newest key. */
  readonly isStale: boolean
  /** For the guard, made once. */
  readonly authentication: Authentication
}

/** The key in the store for what the browser has. */
export function storedId(secret: string): string {
  return createHash('sha256').update(secret).digest('base64url')
}

/** As it goes into the cookie, with names that are short, because a cookie is small. */
export function toContent(session: SealedSession): SessionContent {
  const { secret, subject, createdAt, authenticatedAt, scopes, claims } = session
  return {
    // Nothing else that is sealed in this house, by mistake even with the same key, passes for a session.
    t: 'session',
    id: secret,
    sub: subject,
    iat: createdAt,
    auth_time: authenticatedAt,
    ...(scopes && { scope: formatScope(scopes) }),
    ...(Object.keys(claims).length > 0 && { claims })
  }
}

/** `null` for content that is no session's, such as that of another version of this package. */
export function fromContent({ content, isStale }: UnsealedSession): OpenedSession | null {
  if (!isObject(content) || content['t'] !== 'session') return null
  const { id: secret, sub: subject, iat: createdAt, auth_time: authenticatedAt, scope, claims = {} } = content
  const parsed = scope === undefined ? null : typeof scope === 'string' ? parseScope(scope) : undefined
  if (parsed === undefined || (scope !== undefined && parsed === null)) return null
  const scopes = parsed && readonlyScopes(parsed)
  if (!isText(secret) || !isText(subject) || !isTime(createdAt)) return null
  if (authenticatedAt !== null && !isTime(authenticatedAt)) return null
  if (!isObject(claims)) return null
  frozen(claims)
  const session = { secret, subject, createdAt, authenticatedAt, scopes, claims }
  const authentication = Object.freeze({ subject, issuer: null, scopes, claims, authenticatedAt })
  return Object.freeze({ ...session, id: storedId(secret), isStale, authentication })
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== ''
}

function isTime(value: unknown): value is number {
  return Number.isSafeInteger(value)
}

// An opened cookie serves many requests, and none may leave anything in it for the next.
function frozen(value: object): void {
  for (const part of Object.values(Object.freeze(value)) as unknown[]) {
    if (typeof part === 'object' && part !== null) frozen(part)
  }
}
