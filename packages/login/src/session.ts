import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'

/** The session of a request. */
export interface CurrentSession {
  readonly id: string
  readonly subject: string
  /** In seconds since the epoch. */
  readonly createdAt: number
  /** When the subject proved who they are, in seconds since the epoch; `null` when nobody knows. */
  readonly authenticatedAt: number | null
  readonly claims: Readonly<Record<string, unknown>>
}

/** A session that a cookie names. */
export interface PresentedSession {
  readonly id: string
  readonly subject: string
}

/** What a login tells the session. */
export interface SignIn {
  readonly subject: string
  readonly scopes?: readonly string[]
  readonly claims?: Readonly<Record<string, unknown>>
  readonly upstream?: { readonly issuer: string; readonly sid: string }
  readonly authenticatedAt?: number | null
}

/** What login needs of whatever keeps sessions: `app.session`, as `@latchkey/session` makes it. */
export interface Sessions {
  readonly origin?: string | undefined
  /** How browsers send its cookie. */
  readonly cookie: { readonly secure: boolean; readonly sameSite: 'lax' | 'strict' }
  current(request: FastifyRequest): CurrentSession | null | Promise<CurrentSession | null>
  /** The session that a request's cookie names, whether it goes on or not. */
  presented(request: FastifyRequest): Promise<PresentedSession | null>
  end(subject: string, id: string): Promise<unknown>
  /** The live sessions of a subject. */
  list(subject: string): Promise<readonly { readonly id: string }[]>
  revokeAll(subject: string): Promise<unknown>
  revokeUpstream(session: { readonly issuer: string; readonly sid: string }): Promise<unknown>
  deriveKeys(label: string): readonly Uint8Array[]
}

interface SigningReply extends FastifyReply {
  signIn(person: SignIn): Promise<void>
  signOut(): Promise<void>
}

/** `app.session`, when the application has it. */
export function sessionsOf(app: FastifyInstance): Sessions | null {
  return app.hasDecorator('session') ? app.getDecorator<Sessions>('session') : null
}

/** The reply, as the plugin that made `app.session` decorates it too. */
export function signing(reply: FastifyReply): SigningReply {
  return reply as SigningReply // only called where sessionsOf() found what also decorates replies
}
