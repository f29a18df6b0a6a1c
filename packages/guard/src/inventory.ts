import { subscribe } from 'node:diagnostics_channel'
import type { FastifyContextConfig, FastifyInstance, RouteOptions } from 'fastify'
import { isProtocolRoute } from './protocol/route.ts'
import type { AccessRule } from './rules.ts'
import type { Revocation } from './revocation.ts'
import { holdAnswer, watchNotFoundHandlers } from './unrouted-answers.ts'

/** The place where a rule is declared. Rules of several places add up: all must hold. */
export type RuleSource = 'route' | 'routes option' | 'context'

/** One route and its rule, as `app.guard.routes()` returns it. */
export interface GuardedRoute {
  readonly method: string | readonly string[]
  /** The route pattern as registered, prefixes included. */
  readonly url: string
  /** The enforced rule; `null` for a route without a rule, and for a route that keeps the server from starting. */
  readonly rule: AccessRule | null
  /** The places that `rule` comes from; empty for a route without a rule. */
  readonly sources: readonly RuleSource[]
  /** Fastify's constraints of the route, such as a host; not set for a route without them. */
  readonly constraints?: Readonly<Record<string, unknown>>
}

/** A route at its registration. */
export interface SeenRoute {
  /** Identifies the route, also in its config. */
  readonly key: object
  readonly context: FastifyInstance
  readonly options: RouteOptions
  readonly method: string | readonly string[]
  readonly url: string
}

/** A context with a guard. */
export interface GuardedContext {
  readonly context: FastifyInstance
  /** Whether answers without a rule are refused. */
  readonly denies: boolean
}

/** The routes of a server, and its contexts with a guard. */
export interface Watched {
  readonly routes: readonly SeenRoute[]
  readonly guarded: GuardedContext[]
  /** The functions that end credentials, with the contexts that added them. */
  readonly revocations: { readonly context: FastifyInstance; readonly revocation: Revocation }[]
  /** Whether the server was seen at its creation, before any of its routes and hooks. */
  readonly wasHeard: boolean
}

/** The config of each seen route holds the route's `key` under this symbol. Fastify copies it with the rest of the config. */
export const routeKey: unique symbol = Symbol('route key')

const watched = Symbol('routes and guards of this server')

/**
 * Returns all routes and guards of a server, including routes that are registered before the guard. The `onRoute` hook is added
 * when the server is created, because such a hook sees only later routes. If the guard is imported after the server is created,
 * only later routes are seen; earlier ones are judged at their first request.
 *
 * @see [Fastify, fastify.initialization](https://fastify.dev/docs/latest/Reference/Hooks/#diagnostics-channel-hooks)
 */
export function watch(server: FastifyInstance, wasHeard = false): Watched {
  if (!server.hasDecorator(watched)) {
    const routes: SeenRoute[] = []
    const guarded: GuardedContext[] = []
    server.decorate(watched, { routes, guarded, revocations: [], wasHeard } satisfies Watched)
    watchNotFoundHandlers(server)
    // The first hook of the server: middleware may answer in the next one.
    server.addHook('onRequest', (request, reply, done) => {
      if (request.is404 && guarded.some(({ context, denies }) => denies && isWithin(request.server, context))) {
        holdAnswer(request, reply)
      }
      done()
    })
    server.addHook('onRoute', function (options) {
      // Fastify copies the config after its hooks. This copy belongs to the route alone: if the application changes its own
      // object later, neither the enforced nor the reported rule changes.
      const key = Object.freeze({})
      const config: FastifyContextConfig & { readonly [routeKey]: object } = { ...options.config, [routeKey]: key }
      options.config = config
      // Fastify reuses the options object for "/prefix/" after "/prefix", so the current values are copied.
      routes.push({ key, context: this, options, method: options.method, url: options.url })
    })
  }
  return server.getDecorator<Watched>(watched)
}

/** A route that is declared already, as {@link routesSoFar} returns it. */
export interface DeclaredRoute {
  readonly method: string | readonly string[]
  /** The route pattern as registered, prefixes included. */
  readonly url: string
  readonly schema: unknown
}

/**
 * Returns the routes that a context and its child contexts have so far, without those of {@link protocolRoute}. For plugins
 * that must be registered before the routes. If the server was created before this package was imported, only the routes after
 * a guard are included.
 */
export function routesSoFar(context: FastifyInstance): readonly DeclaredRoute[] {
  if (!context.hasDecorator(watched)) return []
  return context
    .getDecorator<Watched>(watched)
    .routes.filter((route) => isWithin(route.context, context) && !isProtocolRoute(route.options))
    .map(({ method, url, options }) => ({ method, url, schema: options.schema }))
}

subscribe('fastify.initialization', (message) => {
  // Fastify documents this message as `{ fastify }`.
  watch((message as { fastify: FastifyInstance }).fastify, true)
})

/** Whether a context is another one or lies within it: Fastify makes each child context from its parent. */
export function isWithin(context: FastifyInstance, outer: FastifyInstance): boolean {
  return context === outer || Object.prototype.isPrototypeOf.call(outer, context)
}
