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
import { authorization } from './authorization.ts'
import { challenger } from './challenge.ts'
import { crossOrigin } from './cross-origin.ts'
import { AnonymousPrincipalError } from './errors.ts'
import type { Guard } from './guard.ts'
import { addInspection } from './inspection.ts'
import { isWithin, type Watched, watch } from './inventory.ts'
import { type GuardOptions, resolveOptions } from './options.ts'
import type { Principal } from './principal.ts'
import { principals, type Standing } from './principals.ts'
import { redactCredentials, redactCredentialsOf } from './redaction/redaction.ts'
import { resourceMetadata } from './resource-metadata.ts'
import { addRevocation, revokerOf } from './revoke-all.ts'
import { scopesOfRoles } from './role-catalog.ts'
import { reportRoutes } from './route-report.ts'
import type { RouteAccess } from './route-access.ts'
import { listRoutes } from './router-list.ts'
import { ruleBook, type UnseenRoute } from './rule-book.ts'
import type { AccessRule } from './rules.ts'
import { scopeCatalog } from './scope-catalog.ts'
import type { DocumentedScheme } from './security-scheme.ts'
import { documentedSchemes } from './documented-schemes.ts'
import { thrownRefusals } from './thrown-refusals.ts'
import { unguardedRoutes } from './unguarded-routes.ts'
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

// A property of the request instead of a decorator: contexts that are older than the guard would not have the decorator.
const judged = Symbol('principal')
const judgedAsNotFound = Symbol('judged by the rule of the not-found handler')
type JudgedRequest = FastifyRequest & { [judged]?: Standing | null; [judgedAsNotFound]?: true }

let count = 0

const plugin: FastifyPluginAsync<GuardOptions> = async (app, given) => {
  const options = resolveOptions(given)
  const server = claim(app, options.undeclared !== 'allow')
  const { wasHeard } = server
  const listUnguarded = unguardedRoutes(app, server)
  const catalog = scopeCatalog(options.scopes, options.implies)
  const rules = ruleBook(app, catalog, options)
  const metadata = options.resource === undefined ? null : resourceMetadata(app, options.resource)
  const judge = authorization({
    makePrincipal: principals(catalog, options, scopesOfRoles(options.roles, catalog)),
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
  addInspection(app, {
    plugin: '@latchkey/guard',
    facts: () => ({ prefix: app.prefix, undeclared: options.undeclared, routes: shared.routes() })
  })
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
    reportRoutes(app.log, routes, Object.keys(options.routes ?? {}), listUnguarded())
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
