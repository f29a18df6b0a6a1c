import type { FastifyRequest } from 'fastify'
import type { Authentication } from './principal.ts'
import type { SecurityScheme } from './security-scheme.ts'

/** What a browser is to be sent to sign in for. */
export interface WantedLogin {
  /** Whether its user must prove anew who they are, although somebody vouched for them: their login was too long ago. */
  readonly fresh: boolean
}

/**
 * Turns a request's credentials into an {@link Authentication}. Register it with `app.guard.addAuthenticator()`.
 */
export interface Authenticator {
  /** Its name, which becomes `principal.scheme`; unique within a guard. */
  readonly scheme: string
  /** The authentication scheme of its `WWW-Authenticate` challenge (RFC 9110 §11.6.1), or `null` where there is none (cookies). */
  readonly challenge: string | null
  /**
   * Further parameters of its challenge, by their names, such as `{ algs: 'ES256' }` for DPoP: written after the others, in
   * every challenge of this authenticator.
   */
  readonly challengeParameters?: Readonly<Record<string, string>> | undefined
  /**
   * What it adds to the protected resource metadata of a guard with the option `resource`, such as
   * `{ authorization_servers: ['https://login.example.com'] }`. Lists of several authenticators are united; of anything else
   * the first one counts.
   *
   * @see [RFC 9728 §2](https://www.rfc-editor.org/rfc/rfc9728#section-2)
   */
  readonly resourceMetadata?: Readonly<Record<string, string | boolean | readonly string[]>> | undefined
  /** Whether browsers send the credential by themselves (a cookie). Explicit credentials are always looked at first. */
  readonly ambient: boolean
  /** The request header that it reads, for `Vary`. */
  readonly header: string
  /**
   * This server's origin as browsers see it, where the authenticator knows it: `https://app.example.com`. A page of it may
   * change something where the browser sends no `Sec-Fetch-Site`. Default: the host that the request is for decides.
   */
  readonly origin?: string | undefined
  /** How OpenAPI documents it, by the name of the security scheme. */
  readonly securitySchemes: Readonly<Record<string, SecurityScheme>>
  /**
   * The authentication for a request's credential, or `null` when the request carries none of this kind. Called before
   * any body is read. A plain value keeps the request free of promises; whatever has a `then` is awaited. An answer
   * without a subject is a failure of the authenticator: 500. A frozen answer may be handed out again, and costs least then:
   * what is in it, its scopes included, must stay as it is.
   *
   * @throws InvalidRequestError, InvalidTokenError or another refusal when a credential is there and is no good.
   * It then never falls through to the next authenticator. UnavailableError when that cannot be found out now.
   */
  authenticate(request: FastifyRequest): Authentication | null | Promise<Authentication | null>
  /**
   * Where a browser gets this credential: a path of this server to send it to, when nobody vouched for a navigation that
   * must not be anonymous, or when this authenticator did and the login was too long ago (`fresh`); `null` where that would
   * lead in a circle. What is there must honour `fresh`: a page that sends whoever is signed in straight back would send
   * them round and round. Whatever the request contributes to it goes through `safeReturnTo`; what the browser
   * asked for is `request.originalUrl`. Without this, or for any
   * request that is no navigation, the answer is 401.
   */
  signInUrl?(request: FastifyRequest, wanted: WantedLogin): string | null
}
