import { subscribe } from 'node:diagnostics_channel'
import type { FastifyInstance, RouteOptions } from 'fastify'
import { isProtocolRoute } from './protocol/route.ts'
import type { AccessRule } from './rules.ts'
import { holdAnswer, watchNotFoundHandlers } from './unrouted-answers.ts'

/** Where a route's rule comes from. Rules of several places add up: all must hold. */
export type RuleSource = 'route' | 'routes option' | 'context'

/** One route as the guard sees it. */
export interface GuardedRoute {
  readonly method: string | readonly string[]
  /** The route pattern as registered, prefixes included. */
  readonly url: string
  /** What is enforced; `null` for a route that declared nothing, and for one that keeps the server from starting. */
  readonly rule: AccessRule | null
  /** Where `rule` comes from; empty for a route that declared nothing. */
  readonly sources: readonly RuleSource[]
}

/** A route at the moment of its registration. */
export interface SeenRoute {
  /** Stands for the route, in its config too. */
  readonly key: object
  readonly context: FastifyInstance
  readonly options: RouteOptions
  readonly method: string | readonly string[]
  readonly url: string
}

/** A context with a guard. */
export interface GuardedContext {
  readonly context: FastifyInstance
  /** Whether answers that no rule covers are refused. */
  readonly denies: boolean
}

/** What is known of a server: its routes, and which of its contexts have a guard. */
export interface Watched {
  readonly routes: readonly SeenRoute[]
  readonly guarded: GuardedContext[]
  /** Whether it was heard of when it was made, before any of its routes and hooks. */
  readonly wasHeard: boolean
}

/** Under this, the config of each route that was seen has its `key`. Fastify copies it with the rest of the config. */
export const routeKey: unique symbol = Symbol('route key')

const watched = Symbol('routes and guards of this server')

/**
 * Every route of a server and every guard, those included that are registered before the guard: an `onRoute` hook hears only of routes
 * that come after it, so it is added to a server when the server is made. Where the guard is imported only afterwards,
 * it hears of the routes from here on, and earlier ones are judged at their first request.
 *
 * @see [Fastify, fastify.initialization](https://fastify.dev/docs/latest/Reference/Hooks/#diagnostics-channel-hooks)
 */
export function watch(server: FastifyInstance, wasHeard = false): Watched {
  if (!server.hasDecorator(watched)) {
    const routes: SeenRoute[] = []
    const guarded: GuardedContext[] = []
    server.decorate(watched, { routes, guarded, wasHeard } satisfies Watched)
    watchNotFoundHandlers(server)
    // The first hook of all: middleware may answer in the next one.
    server.addHook('onRequest', (request, reply, done) => {
      if (request.is404 && guarded.some(({ context, denies }) => denies && isWithin(request.server, context))) {
        holdAnswer(request, reply)
      }
      done()
    })
    server.addHook('onRoute', function (options) {
      // Fastify copies the config once its hooks are through. From here on it is this route's alone, so that what the
      // application does to its own object later changes neither what is enforced nor what is reported.
      const key = Object.freeze({})
      options.config = Object.assign({}, options.config, { [routeKey]: key })
      // Fastify reuses the options object for "/prefix/" after "/prefix": what it says now is kept.
      routes.push({ key, context: this, options, method: options.method, url: options.url })
    })
  }
  return server.getDecorator<Watched>(watched)
}

/** A route that is declared already, as {@link routesSoFar} gives it. */
export interface DeclaredRoute {
  readonly method: string | readonly string[]
  /** The route pattern as registered, prefixes included. */
  readonly url: string
  readonly schema: unknown
}

/**
 * The routes that a context and the contexts within it have by now, without those of {@link protocolRoute}. For plugins that
 * must come before the routes. Does not see the routes of a server that was made before this package was imported, unless
 * they come after a guard.
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
