import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'

/** The session of a request. */
export interface CurrentSession {
  readonly id: string
  readonly subject: string
  /** In seconds since the epoch. */
  readonly createdAt: number
  /** The time of the authentication, in seconds since the epoch; `null` when it is unknown. */
  readonly authenticatedAt: number | null
  readonly claims: Readonly<Record<string, unknown>>
}

/** A session that a cookie names. */
export interface PresentedSession {
  readonly id: string
  readonly subject: string
}

/** The data that a login passes to `reply.signIn`. */
export interface SignIn {
  readonly subject: string
  readonly scopes?: readonly string[]
  readonly claims?: Readonly<Record<string, unknown>>
  readonly upstream?: { readonly issuer: string; readonly sid: string }
  readonly authenticatedAt?: number | null
}

/** The members of `app.sessions` that the login uses. `@latchkey/session` provides them. */
export interface Sessions {
  readonly origin?: string | undefined
  /** The attributes of the session's cookie. */
  readonly cookie: { readonly secure: boolean; readonly sameSite: 'lax' | 'strict' }
  current(request: FastifyRequest): CurrentSession | null | Promise<CurrentSession | null>
  /** Returns the session that a request's cookie names, ended or not. */
  presented(request: FastifyRequest): Promise<PresentedSession | null>
  end(subject: string, id: string): Promise<unknown>
  /** Returns the live sessions of a subject. */
  list(subject: string): Promise<readonly { readonly id: string }[]>
  revokeAll(subject: string): Promise<unknown>
  revokeUpstream(session: { readonly issuer: string; readonly sid: string }): Promise<unknown>
  deriveKeys(label: string): readonly Uint8Array[]
}

interface SigningReply extends FastifyReply {
  signIn(person: SignIn): Promise<void>
  signOut(): Promise<void>
}

/** Returns `app.sessions`, or `null` if the application has none. */
export function sessionsOf(app: FastifyInstance): Sessions | null {
  return app.hasDecorator('sessions') ? app.getDecorator<Sessions>('sessions') : null
}

/** Returns the reply with the methods that the session plugin decorates it with. */
export function signing(reply: FastifyReply): SigningReply {
  return reply as SigningReply // only called where sessionsOf() found a session plugin, which also decorates replies
}
