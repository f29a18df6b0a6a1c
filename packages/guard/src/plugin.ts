// The scope guard of a Fastify context: one hook that asks who is calling and whether they may.
// https://www.rfc-editor.org/rfc/rfc6750#section-3
import type {
  FastifyInstance,
  FastifyPluginAsync,
  FastifyReply,
  FastifyRequest,
  HookHandlerDoneFunction
} from 'fastify'
import fp from 'fastify-plugin'
import type { Authenticator } from './authenticator.ts'
import { authorization } from './authorization.ts'
import { challenger } from './challenge.ts'
import { crossOrigin } from './cross-origin.ts'
import { AnonymousPrincipalError } from './errors.ts'
import { type GuardedRoute, isWithin, type Watched, watch } from './inventory.ts'
import { checkGuardOptions, type GuardOptions } from './options.ts'
import type { Principal } from './principal.ts'
import { principals, type Standing } from './principals.ts'
import { resourceOf } from './protected-resource.ts'
import { redactTokensInUrls, redactTokensInUrlsOf } from './redaction/redaction.ts'
import { resourceMetadata } from './resource-metadata.ts'
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
    /** The guard of this context. */
    readonly guard: Guard
    /**
     * Adds a rule that every route of this context and of its children must satisfy besides its own. Call it before
     * the server is ready. Does not open anything: rules add up.
     */
    access(rule: AccessRule): void
  }
  interface FastifyRequest {
    /**
     * Who is asking. Never `null`.
     *
     * @throws AnonymousPrincipalError on a route whose rule let an anonymous caller in
     */
    readonly principal: Principal
    /** Who is asking, or `null` for an anonymous caller on an open route. */
    readonly principalIfAny: Principal | null
  }
  interface FastifyContextConfig {
    /** The route's access rule. */
    access?: AccessRule
    /**
     * `'anonymous'`: what a browser sends by itself counts as absent in a request from another site, instead of refusing the
     * request. For a route that other sites post to and that has a proof of its own. Default: such a request is refused.
     */
    crossSite?: 'anonymous'
    /**
     * For authors of plugins. What the rules of `app.access()` and of the guard's option `routes` are for a route whose
     * `access` is `noAuthentication` or `everyone`. `'ignored'`: rules of contexts do not apply, for an endpoint that a
     * protocol needs and that has a proof of its own. `'preferred'`: where another rule covers the route, it holds in place of
     * `access`, which is a default. Default: rules add up, and none goes with `noAuthentication`.
     */
    otherRules?: 'ignored' | 'preferred'
  }
}

/** What `app.guard` offers to other plugins and to the application. */
export interface Guard {
  /** The `scopes` option: every scope of this server and what it lets its holder do. */
  readonly scopes: ScopeDescriptions
  /**
   * Registers a kind of credential.
   *
   * @throws TypeError when its scheme is registered already
   */
  addAuthenticator(authenticator: Authenticator): void
  /** Documents a way of getting credentials that a registered authenticator accepts. Does not accept them by itself. */
  addSecurityScheme(scheme: DocumentedScheme): void
  /** The documented ways in, of the authenticators and of what issues credentials for them. */
  securitySchemes(): readonly DocumentedScheme[]
  /** Every route that the guard protects and the rule that holds there. Complete once the server is ready. */
  routes(): readonly GuardedRoute[]
  /** The entry of `routes()` for the options object that Fastify hands to `onRoute` hooks. */
  route(options: object): GuardedRoute | undefined
}

// A property of the request and not a decorator: contexts that are older than the guard would not get the decorator.
const judged = Symbol('principal')
const judgedAsNotFound = Symbol('judged by the rule of the not-found handler')
type JudgedRequest = FastifyRequest & { [judged]?: Standing | null; [judgedAsNotFound]?: true }

let guards = 0

const plugin: FastifyPluginAsync<GuardOptions> = async (app, given) => {
  const options = checkGuardOptions(given)
  const { wasHeard } = claim(app, options.undeclared !== 'allow')
  const catalog = scopeCatalog(options.scopes, options.implies)
  const rules = ruleBook(app, catalog, options)
  const metadata = options.resource === undefined ? null : resourceMetadata(app, resourceOf(options.resource))
  const judge = authorization({
    makePrincipal: principals(catalog, options),
    challenger: challenger({ resourceMetadata: metadata?.url, scopes: options.challengeScopes ?? true }),
    crossOrigin: crossOrigin({
      protection: options.crossOriginProtection ?? true,
      trusted: options.trustedOrigins ?? []
    }),
    now: options.now ?? Date.now
  })
  const issued: DocumentedScheme[] = []
  let unseen: readonly UnseenRoute[] = []
  // Fastify prints the names of hooks with the routes that they are for.
  Object.defineProperty(ask, 'name', { value: `latchkeyGuard${++guards}` })

  redactTokensInUrls(app.log)
  app.decorate('guard', {
    scopes: catalog.descriptions,
    addAuthenticator: (authenticator) => judge.add(authenticator),
    addSecurityScheme: (scheme) => void issued.push(scheme),
    securitySchemes: () => documentedSchemes(judge.authenticators, issued),
    routes: () => [...rules.routes(), ...unseen].map(({ entry }) => entry),
    route: (options) => rules.route(options)?.entry
  })
  app.decorate('access', function (this: FastifyInstance, rule: AccessRule) {
    rules.addContextRule(this, rule)
  })
  app.decorateRequest('principalIfAny', { getter: principalIfAny })
  app.decorateRequest('principal', { getter: principalOrThrow })

  app.addHook('onRequest', ask)
  // reply.callNotFound() leads from the rule of one route to a handler whose context may have another.
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
    for (const route of rules.routes()) redactTokensInUrlsOf(route.options)
    reportRoutes(app.log, routes, Object.keys(options.routes ?? {}))
  })

  // Takes a callback: an async hook would cost every request a promise.
  function ask(
    request: FastifyRequest,
    reply: FastifyReply,
    done: HookHandlerDoneFunction
  ): Promise<FastifyReply | undefined> | undefined {
    const access = rules.accessOf(request)
    const admitted = access === null || isUnauthenticated(access) ? null : judge.authorize(request, reply, access)
    if (admitted instanceof Promise) {
      // Waiting for the reply is waiting until it is sent, and Fastify goes no further then.
      return admitted.then((found) => (found === 'redirected' ? reply : admit(request, access, found)))
    }
    if (admitted === 'redirected') return undefined
    admit(request, access, admitted)
    done()
    return undefined
  }
}

function isUnauthenticated({ rule }: RouteAccess): boolean {
  return rule?.kind === 'noAuthentication'
}

/** A route has one guard: guarded contexts may stand beside each other, never one within the other. */
function claim(app: FastifyInstance, denies: boolean): Watched {
  const server = watch(app)
  const { guarded } = server
  if (guarded.some(({ context }) => isWithin(app, context) || isWithin(context, app))) {
    throw new TypeError('@latchkey/guard is registered already, here or in a context around or within this one')
  }
  guarded.push({ context: app, denies })
  return server
}

function admit(request: JudgedRequest, access: RouteAccess | null, found: Standing | null): undefined {
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
 * The guard as a Fastify plugin: `await app.register(guard, { scopes })`. It protects every route of the context that it is
 * registered in and of that context's children, whenever they are made, before their bodies are read. Does not verify
 * credentials: authenticators do, which other plugins add. With the option `resource` it also serves `GET
 * /.well-known/oauth-protected-resource` (RFC 9728), open to everyone.
 *
 * @throws InvalidOptionError at registration; TypeError when the context has a guard already; RouteAccessError when the
 * server gets ready and a route has no rule or one that cannot be enforced
 * @see [RFC 6750 §3](https://www.rfc-editor.org/rfc/rfc6750#section-3)
 */
const guard: FastifyPluginAsync<GuardOptions> = fp(plugin, { name: '@latchkey/guard', fastify: '5.x' })
export default guard
