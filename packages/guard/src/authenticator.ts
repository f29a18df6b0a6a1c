import type { FastifyRequest } from 'fastify'
import type { InvalidTokenError } from './errors.ts'
import type { Authentication } from './principal.ts'
import type { SecurityScheme } from './security-scheme.ts'

/** The login that a browser is redirected to. */
export interface WantedLogin {
  /** Whether the user must log in again although they are signed in: their last login was too long ago. */
  readonly fresh: boolean
}

/**
 * Turns a request's credentials into an {@link Authentication}. Register it with `app.guard.addAuthenticator()`.
 *
 * @example
 * ```ts
 * app.guard.addAuthenticator({
 *   scheme: 'key',
 *   challenge: 'Key',
 *   ambient: false,
 *   header: 'X-Key',
 *   securitySchemes: { key: { type: 'apiKey', in: 'header', name: 'X-Key' } },
 *   authenticate(request) {
 *     const sent = request.headers['x-key']
 *     if (sent === undefined) return null
 *     if (sent !== secret) throw new InvalidTokenError('The key is not valid')
 *     return { subject: 'ann', issuer: null, scopes: new Set(['items:read']), claims: {}, authenticatedAt: null }
 *   }
 * })
 * ```
 */
export interface Authenticator {
  /** The name of the authenticator. It becomes `principal.scheme` and is unique within a guard. */
  readonly scheme: string
  /** The authentication scheme of its `WWW-Authenticate` challenge (RFC 9110 §11.6.1). `null`: no challenge, as for cookies. */
  readonly challenge: string | null
  /**
   * Further parameters of the challenge, by name, such as `{ algs: 'ES256' }` for DPoP. The guard writes them after the other
   * parameters, in every challenge of this authenticator.
   */
  readonly challengeParameters?: Readonly<Record<string, string>> | undefined
  /**
   * Members that the authenticator adds to the protected resource metadata of a guard with the option `resource`, such as
   * `{ authorization_servers: ['https://login.example.com'] }`. If several authenticators give a list for the same member, the
   * guard merges the lists. For any other value, the first one counts.
   *
   * @see [RFC 9728 §2](https://www.rfc-editor.org/rfc/rfc9728#section-2)
   */
  readonly resourceMetadata?: Readonly<Record<string, string | boolean | readonly string[]>> | undefined
  /**
   * Whether browsers send the credential automatically, as they do with a cookie. The guard checks explicit credentials first.
   */
  readonly ambient: boolean
  /**
   * Whether the authenticator accepts only a part of the explicit credentials of its header, which it knows by their form, such
   * as keys with a prefix in `Authorization: Bearer`. The guard asks it before the other authenticators, in any order of
   * registration. Default: `false`.
   */
  readonly specific?: boolean | undefined
  /** The request header that the authenticator reads. The guard adds it to `Vary`, and keeps its value out of the log. */
  readonly header: string
  /**
   * Matches the credentials of this authenticator in a text. The guard replaces each match in the URL and the headers of
   * requests that pino logs. Its flags are not used. Default: none.
   */
  readonly secretPattern?: RegExp | undefined
  /**
   * The origin of this server as browsers see it, such as `https://app.example.com`, if the authenticator has it. If a browser
   * sends no `Sec-Fetch-Site`, a page of this origin may make requests that change something. Default: the guard compares the
   * page's origin with the host of the request.
   */
  readonly origin?: string | undefined
  /** The OpenAPI security schemes of the authenticator, by name. */
  readonly securitySchemes: Readonly<Record<string, SecurityScheme>>
  /**
   * Returns the authentication for the request's credential, or `null` if the request carries no credential of this kind. The
   * guard calls it before any body is read. A plain value keeps the request free of promises; the guard awaits any value with a
   * `then`. An authentication without a subject is a failure of the authenticator: 500. The guard may reuse a frozen
   * authentication for other requests, at the lowest cost: its content, scopes included, must not change.
   *
   * @throws InvalidRequestError, InvalidTokenError or another refusal when a credential is present and not valid. The guard
   * then does not ask the next authenticator. An InvalidTokenError may also be returned, with the same effect: throwing costs
   * more than the rest of the refusal. UnavailableError when the credential cannot be checked now.
   */
  authenticate(
    request: FastifyRequest
  ): Authentication | InvalidTokenError | null | Promise<Authentication | InvalidTokenError | null>
  /**
   * Returns the path of this server where a browser gets this credential, or `null` if the redirect would lead back to the same
   * page. The guard calls it for a navigation of an anonymous caller to a route that requires authentication, and for a caller
   * of this authenticator whose login was too long ago (`fresh`). The page at that path must honour `fresh`: if it redirects a
   * signed-in user straight back, the browser loops.
   *
   * Pass every part of the URL that comes from the request through `safeReturnTo`. The URL that the browser asked for is
   * `request.originalUrl`. Without this method, and for every request that is not a navigation, the answer is 401.
   */
  signInUrl?(request: FastifyRequest, wanted: WantedLogin): string | null
}
