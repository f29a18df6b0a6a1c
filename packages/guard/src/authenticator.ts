import type { FastifyRequest } from 'fastify'
import type { Authentication } from './principal.ts'
import type { SecurityScheme } from './security-scheme.ts'

/**
 * Turns a request's credentials into an {@link Authentication}. Register it with `app.guard.addAuthenticator()`.
 */
export interface Authenticator {
  /** Its name, which becomes `principal.scheme`; unique within a guard. */
  readonly scheme: string
  /** The authentication scheme of its `WWW-Authenticate` challenge (RFC 9110 §11.6.1), or `null` where there is none (cookies). */
  readonly challenge: string | null
  /** Whether browsers send the credential by themselves (a cookie). Explicit credentials are always looked at first. */
  readonly ambient: boolean
  /** The request header that it reads, for `Vary`. */
  readonly header: string
  /** How OpenAPI documents it, by the name of the security scheme. */
  readonly securitySchemes: Readonly<Record<string, SecurityScheme>>
  /**
   * The authentication for a request's credential, or `null` when the request carries none of this kind. Called before
   * any body is read. A plain value keeps the request free of promises; whatever has a `then` is awaited. An answer
   * without a subject is a failure of the authenticator: 500.
   *
   * @throws InvalidRequestError, InvalidTokenError or another refusal when a credential is there and is no good.
   * It then never falls through to the next authenticator. UnavailableError when that cannot be found out now.
   */
  authenticate(request: FastifyRequest): Authentication | null | Promise<Authentication | null>
  /**
   * Where a browser gets this credential: a path of this server to send it to, when nobody vouched for a navigation that
   * must not be anonymous; `null` where that would lead in a circle. Whatever the request contributes to it goes through
   * `safeReturnTo`. Without this, or for any request that is no navigation, the answer is 401.
   */
  signInUrl?(request: FastifyRequest): string | null
}

/** @throws TypeError naming what the authenticator lacks: without it requests would go astray one by one */
export function checkAuthenticator(authenticator: Authenticator): void {
  // Its types say all this; a caller in JavaScript, or with a cast, may not.
  const lacks = Object.entries(MEMBERS).find(([name, fits]) => !fits(Reflect.get(authenticator, name)))
  if (lacks) throw new TypeError(`an authenticator's "${lacks[0]}" is missing or of the wrong type`)
}

const isText = (value: unknown): boolean => typeof value === 'string' && value !== ''

const MEMBERS: Readonly<Record<string, (value: unknown) => boolean>> = {
  scheme: isText,
  challenge: (value) => value === null || isText(value),
  ambient: (value) => typeof value === 'boolean',
  header: isText,
  securitySchemes: (value) => typeof value === 'object' && value !== null,
  authenticate: (value) => typeof value === 'function',
  signInUrl: (value) => value === undefined || typeof value === 'function'
}
