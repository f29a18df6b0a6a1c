// The scope guard of a Fastify context: one hook that authenticates the caller and checks the route's rule.
// https://www.rfc-editor.org/rfc/rfc6750#section-3
import type {
  FastifyInstance,
  FastifyPluginAsync,
  FastifyReply,
  FastifyRequest,
  HookHandlerDoneFunction
} from 'fastify'
import fp from 'fastify-plugin'
import { RegistrationError } from '@latchkey/options'
import type { Authenticator } from './authenticator.ts'
import { authorization } from './authorization.ts'
import { challenger } from './challenge.ts'
import { crossOrigin } from './cross-origin.ts'
import { AnonymousPrincipalError } from './errors.ts'
import { type GuardedRoute, isWithin, type Watched, watch } from './inventory.ts'
import { type GuardOptions, resolveOptions } from './options.ts'
import type { Principal } from './principal.ts'
import { principals, type Standing } from './principals.ts'
import { redactCredentials, redactCredentialsOf } from './redaction/redaction.ts'
import { resourceMetadata } from './resource-metadata.ts'
import { addRevocation, type Revocation, revokerOf } from './revocation.ts'
import { roleCatalog } from './role-catalog.ts'
import { reportRoutes } from './route-report.ts'
import type { RouteAccess } from './route-access.ts'
import { listRoutes } from './router-list.ts'
import { ruleBook, type UnseenRoute } from './rule-book.ts'
import type { AccessRule } from './rules.ts'
import { scopeCatalog } from './scope-catalog.ts'
import type { DocumentedScheme, ScopeDescriptions } from './security-scheme.ts'
import { documentedSchemes } from './documented-schemes.ts'
import { thrownRefusals } from './thrown-refusals.ts'
import { allowAnswer } from './unrouted-answers.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** The guard of this context. Each context has its own, so that `require()` knows the context. */
    readonly guard: Guard
  }
  interface FastifyRequest {
    /**
     * The caller. Never `null`.
     *
     * @throws AnonymousPrincipalError on a route whose rule admitted an anonymous caller
     *
     * @example app.get('/me', { config: { access: authenticated } }, async (request) => request.principal.subject)
     */
    readonly principal: Principal
    /**
     * The caller, or `null` for an anonymous caller on an open route.
     *
     * @example app.get('/', { config: { access: everyone } }, async ({ principalIfAny }) => principalIfAny?.subject ?? 'stranger')
     */
    readonly principalIfAny: Principal | null
  }
  interface FastifyContextConfig {
    /**
     * The route's access rule.
     *
     * @example app.get('/items', { config: { access: allOf('items:read') } }, listItems)
     */
    access?: AccessRule
    /**
     * `'anonymous'`: in a request from another site, credentials that browsers send automatically are ignored. For a route that
     * other sites post to and that has its own proof. Default: such a request is refused.
     *
     * @example app.post('/webhook', { config: { access: everyone, crossSite: 'anonymous' } }, receive)
     */
    crossSite?: 'anonymous'
    /**
     * How the rules of `app.guard.require()` and of the guard's option `routes` apply to a route whose `access` is `noAuthentication`
     * or `everyone`. For authors of plugins. `'ignored'`: rules of contexts do not apply. This is for an endpoint that a
     * protocol needs and that has its own proof. `'preferred'`: if another rule covers the route, it replaces `access`, which
     * is then only a default. Default: rules add up, and no other rule may be combined with `noAuthentication`.
     *
     * @example config: { access: noAuthentication, otherRules: 'ignored' }
     */
    otherRules?: 'ignored' | 'preferred'
  }
}

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

// A property of the request instead of a decorator: contexts that are older than the guard would not have the decorator.
const judged = Symbol('principal')
const judgedAsNotFound = Symbol('judged by the rule of the not-found handler')
type JudgedRequest = FastifyRequest & { [judged]?: Standing | null; [judgedAsNotFound]?: true }

let count = 0

const plugin: FastifyPluginAsync<GuardOptions> = async (app, given) => {
  const options = resolveOptions(given)
  const { wasHeard } = claim(app, options.undeclared !== 'allow')
  const catalog = scopeCatalog(options.scopes, options.implies)
  const rules = ruleBook(app, catalog, options)
  const metadata = options.resource === undefined ? null : resourceMetadata(app, options.resource)
  const judge = authorization({
    makePrincipal: principals(catalog, options, roleCatalog(options.roles, catalog)),
    challenger: challenger({ resourceMetadata: metadata?.url, scopes: options.challengeScopes }),
    crossOrigin: crossOrigin({
      protection: options.crossOriginProtection,
      trusted: options.trustedOrigins ?? []
    }),
    now: options.now
  })
  const issued: DocumentedScheme[] = []
  let unseen: readonly UnseenRoute[] = []
  // Fastify prints the names of hooks with their routes; listRoutes() finds this guard's routes by the name.
  Object.defineProperty(ask, 'name', { value: `latchkeyGuard${++count}` })

  redactCredentials(app.log, judge.authenticators)
  const shared: Omit<Guard, 'require' | 'addRevocation'> = {
    scopes: catalog.descriptions,
    addAuthenticator: (authenticator) => judge.add(authenticator),
    addSecurityScheme: (scheme) => void issued.push(scheme),
    securitySchemes: () => documentedSchemes(judge.authenticators, issued),
    openMetadataToOtherOrigins: () => metadata?.openToOtherOrigins(),
    revokeAll: revokerOf(app),
    routes: () => [...rules.routes(), ...unseen].map(({ entry }) => entry),
    route: (options) => rules.route(options)?.entry
  }
  const guards = new WeakMap<FastifyInstance, Guard>()
  app.decorate('guard', {
    // Child contexts inherit the getter, and each gets its own guard.
    getter(this: FastifyInstance): Guard {
      const own = guards.get(this) ?? {
        ...shared,
        require: (rule) => rules.addContextRule(this, rule),
        addRevocation: (revocation) => addRevocation(this, revocation)
      }
      guards.set(this, own)
      return own
    }
  })
  app.decorateRequest('principalIfAny', { getter: principalIfAny })
  app.decorateRequest('principal', { getter: principalOrThrow })

  app.addHook('onRequest', ask)
  // reply.callNotFound() goes from the rule of one route to a handler whose context may have another rule.
  app.addHook('preHandler', (request: JudgedRequest, reply, done) => {
    if (!request.is404) done()
    else {
      if (!wasHeard) allowAnswer(request)
      if (request[judgedAsNotFound] || rules.accessOf(request) === null) done()
      else return ask(request, reply, done)
    }
    return undefined
  })
  app.addHook(
    'onError',
    thrownRefusals(rules, judge, (request: JudgedRequest) => request[judged] ?? null)
  )
  app.addHook('onReady', async () => {
    rules.close()
    const listed = wasHeard ? [] : listRoutes(app).filter(({ hooks }) => hooks.includes(`${ask.name}()`))
    unseen = rules.unseen(listed)
    const routes = [...rules.routes(), ...unseen]
    metadata?.settle(
      judge.authenticators,
      routes.map(({ entry }) => entry.rule)
    )
    for (const route of rules.routes()) redactCredentialsOf(route.options, judge.authenticators)
    reportRoutes(app.log, routes, Object.keys(options.routes ?? {}))
  })

  // A callback: an async hook would cost every request a promise.
  function ask(
    request: FastifyRequest,
    reply: FastifyReply,
    done: HookHandlerDoneFunction
  ): Promise<FastifyReply | undefined> | undefined {
    const access = rules.accessOf(request)
    const found = access === null || isUnauthenticated(access) ? null : judge.authorize(request, reply, access)
    if (found instanceof Promise) {
      return found.then((settled) => {
        if (settled instanceof Error) throw settled
        // A returned reply makes Fastify wait until it is sent, and stop there.
        if (settled === 'redirected') return reply
        admit(request, access, settled)
        return undefined
      })
    }
    if (found instanceof Error) done(found)
    else if (found !== 'redirected') {
      admit(request, access, found)
      done()
    }
    return undefined
  }
}

function isUnauthenticated({ rule }: RouteAccess): boolean {
  return rule?.kind === 'noAuthentication'
}

/** Registers this guard's context. A route has one guard: guarded contexts may be siblings, but not nested. */
function claim(app: FastifyInstance, denies: boolean): Watched {
  const server = watch(app)
  const { guarded } = server
  if (guarded.some(({ context }) => isWithin(app, context) || isWithin(context, app))) {
    throw new RegistrationError(
      '@latchkey/guard',
      'the plugin is registered already, in this context or in a parent or child context'
    )
  }
  guarded.push({ context: app, denies })
  return server
}

function admit(request: JudgedRequest, access: RouteAccess | null, found: Standing | null): void {
  request[judged] = found
  if (!request.is404) return
  request[judgedAsNotFound] = true
  if (access !== null) allowAnswer(request)
}

function principalIfAny(this: JudgedRequest): Principal | null {
  return this[judged]?.principal ?? null
}

function principalOrThrow(this: FastifyRequest): Principal {
  const found = this.principalIfAny
  if (!found) throw new AnonymousPrincipalError()
  return found
}

/**
 * The guard as a Fastify plugin: `await app.register(guard, { scopes })`. It protects every route of its context and of the
 * child contexts, even those that are created later, before their bodies are read. Does not verify credentials: authenticators
 * do, and other plugins add them. With the option `resource` it also serves `GET /.well-known/oauth-protected-resource` (RFC
 * 9728), open to everyone.
 *
 * @throws RegistrationError for a wrong option, and when the context has a guard already; RouteAccessError when the server
 * becomes ready and a route has no rule or one that cannot be enforced
 * @see [RFC 6750 §3](https://www.rfc-editor.org/rfc/rfc6750#section-3)
 *
 * @example
 * ```ts
 * const app = Fastify()
 * await app.register(guard, { scopes: { 'items:read': 'Read items' } })
 * await app.register(bearer, { issuers: [{ issuer: 'https://login.example.com', audience: 'https://api.example.com' }] })
 * app.get('/items', { config: { access: allOf('items:read') } }, async ({ principal }) => principal.subject)
 * ```
 */
const guard: FastifyPluginAsync<GuardOptions> = fp(plugin, { name: '@latchkey/guard', fastify: '5.x' })
export default guard
