import type { Guard } from '@latchkey/guard'
import { RegistrationError } from '@latchkey/options'
import type { FastifyInstance } from 'fastify'

/** One member of the option `issuers` of `@latchkey/bearer`. The plugin has checked it. */
export interface TrustedEntry {
  readonly issuer: string
  readonly audience: string | readonly string[]
  readonly typ?: 'at+jwt' | 'JWT'
  readonly algorithms?: readonly string[]
  readonly jwks?: unknown
  readonly introspection?: unknown
  readonly dpop?: string
  readonly issue?: unknown
}

/** The member of `app.tokenEndpoint` that signs tokens. */
export interface TokenEndpoint {
  issue(request: {
    readonly subject: string
    readonly clientId: string
    readonly scopes?: readonly string[]
    readonly claims?: Readonly<Record<string, unknown>>
    readonly authenticatedAt?: number
  }): Promise<string>
}

// The plugins export no types for these: this package works without them.
const issuers = Symbol.for('@latchkey/bearer issuers')

/** Returns the trusted issuers of a context; none without `@latchkey/bearer`. */
export function trustedEntries(app: FastifyInstance): readonly TrustedEntry[] {
  return app.hasDecorator(issuers) ? app.getDecorator<readonly TrustedEntry[]>(issuers) : []
}

/** Returns the token endpoint of a context, if there is one. */
export function tokenEndpointOf(app: FastifyInstance): TokenEndpoint | undefined {
  return app.hasDecorator('tokenEndpoint') ? app.getDecorator<TokenEndpoint>('tokenEndpoint') : undefined
}

/** Returns the origin of a context, as `@latchkey/session` has it. Default: `https://localhost`. */
export function originOf(app: FastifyInstance): string {
  const sessions = app.hasDecorator('sessions') ? app.getDecorator<{ readonly origin?: string }>('sessions') : {}
  return sessions.origin ?? 'https://localhost'
}

/**
 * Resolves when the server is ready. With a callback: the promise of `ready()` rejects for a child context whose server is ready.
 */
export async function ready(app: FastifyInstance): Promise<void> {
  return new Promise((resolve, reject) => {
    app.ready((error) => {
      if (error) reject(error)
      else resolve()
    })
  })
}

/**
 * Returns the guard of a context that is ready.
 *
 * @throws RegistrationError when the context has no guard
 */
export async function readyGuard(caller: string, app: FastifyInstance): Promise<Guard> {
  await ready(app)
  if (app.hasDecorator('guard')) return app.guard
  throw new RegistrationError(
    caller,
    'this context has no guard. Fix: register @latchkey/guard, or pass the context in which it is registered'
  )
}
