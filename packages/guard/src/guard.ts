import type { Authenticator } from './authenticator.ts'
import type { GuardedRoute } from './inventory.ts'
import type { Revocation } from './revocation.ts'
import type { AccessRule } from './rules.ts'
import type { DocumentedScheme, ScopeDescriptions } from './security-scheme.ts'

/** The members of `app.guard`, for other plugins and the application. */
export interface Guard {
  /**
   * Adds a rule that every route of this context and of its child contexts must satisfy besides its own, whether the route is
   * registered before or after. The context is the one whose `app.guard` this is: take `guard` from the `app` that the plugin
   * was given. Call it before the server is ready. Does not open a route: rules add up.
   *
   * @throws TypeError for a value that is not one rule, and after the server is ready
   *
   * @example app.register(async (area) => { area.guard.require(authenticated) })
   */
  require(rule: AccessRule): void
  /** The option `scopes`: all scopes of this server with their descriptions. */
  readonly scopes: ScopeDescriptions
  /**
   * Registers an authenticator.
   *
   * @throws RegistrationError when its scheme is registered already, or a member is missing or of the wrong type
   */
  addAuthenticator(authenticator: Authenticator): void
  /** Documents a way to get credentials that a registered authenticator accepts. Does not accept them itself. */
  addSecurityScheme(scheme: DocumentedScheme): void
  /** Returns the documented security schemes: those of the authenticators and those of issuers of their credentials. */
  securitySchemes(): readonly DocumentedScheme[]
  /**
   * Lets scripts of every origin read the protected resource metadata (RFC 9728), without cookies. Does not affect other routes.
   * Does nothing without the option `resource`. Call it before the server is ready. For authors of plugins that issue tokens to
   * clients in a browser.
   */
  openMetadataToOtherOrigins(): void
  /**
   * Ends every credential of a subject that this server knows: sessions, tokens, codes, consents, and what other plugins add.
   * Reaches the plugins of the guard's context, of its child contexts and of its parents; not those of sibling contexts. Call it
   * after a changed password, or when the account is disabled, after that change is stored. Does not stop a new login.
   *
   * All plugins are called, even when one fails. When it rejects, call it again: that is always safe.
   *
   * @throws UnavailableError (503) when a plugin could not reach its store; RevocationFailedError (500) for other failures. In both,
   * `cause` is an `AggregateError`. TypeError for a subject that is not a non-empty string
   *
   * @example await app.guard.revokeAll(request.principal.subject)
   */
  revokeAll(subject: string): Promise<void>
  /**
   * Adds a function that `revokeAll()` calls. For authors of plugins with credentials of their own. The guards of this context, of
   * its parents and of its child contexts call it.
   *
   * @throws RegistrationError when a member is missing or of the wrong type
   *
   * @example app.guard.addRevocation({ name: 'my-keys', revokeAll: async (subject) => keys.removeOf(subject) })
   */
  addRevocation(revocation: Revocation): void
  /** Returns every route that the guard protects, with its rule. Complete when the server is ready. */
  routes(): readonly GuardedRoute[]
  /** Returns the entry of `routes()` for the options object that Fastify passes to `onRoute` hooks. */
  route(options: object): GuardedRoute | undefined
}
