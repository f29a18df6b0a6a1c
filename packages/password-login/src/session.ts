import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'

/** The lifetime of one session, for `reply.signIn`. */
export interface SessionLifetime {
  readonly idle?: number | undefined
  readonly absolute?: number | undefined
  readonly remembered?: boolean | undefined
}

/** The data that a login passes to `reply.signIn`. */
export interface SignIn {
  readonly subject: string
  readonly scopes?: readonly string[] | undefined
  readonly claims?: Readonly<Record<string, unknown>> | undefined
  readonly authenticatedAt: number
  readonly lifetime?: SessionLifetime | undefined
}

/** The session of a request. */
export interface CurrentSession {
  readonly id: string
  readonly subject: string
  /** In seconds since the epoch. */
  readonly createdAt: number
  /** In seconds since the epoch; `null` when it is unknown. */
  readonly authenticatedAt: number | null
}

/** The members of `app.sessions` that the login uses. `@latchkey/session` provides them. */
export interface Sessions {
  readonly origin?: string | undefined
  /** The longest lifetime of a session, in seconds. */
  readonly timeouts: { readonly idle: number; readonly absolute: number }
  /** Returns the session that a request's cookie names, ended or not. */
  presented(request: FastifyRequest): Promise<object | null>
  /** Returns the session that authenticated a request, as it was when the request arrived. */
  current(request: FastifyRequest): CurrentSession | null
  /**
   * Gives the session that authenticated a request a new identifier, also if it has ended meanwhile. Ends the old one. All else
   * stays, except the given members.
   */
  renew(reply: FastifyReply, changes?: { readonly authenticatedAt: number }): Promise<unknown>
  /** Returns the live sessions of a subject. */
  list(subject: string): Promise<readonly { readonly id: string }[]>
}

interface SigningReply extends FastifyReply {
  signIn(who: SignIn): Promise<void>
}

/** Returns `app.sessions`. */
export function sessionsOf(app: FastifyInstance): Sessions {
  return app.getDecorator<Sessions>('sessions')
}

/** Starts a session for the browser of a reply. Ends the session that the browser had. */
export async function signIn(reply: FastifyReply, who: SignIn): Promise<void> {
  await (reply as SigningReply).signIn(who) // the session plugin, a dependency of this one, decorates replies with it
}
