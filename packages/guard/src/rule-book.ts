import type { FastifyInstance, FastifyRequest } from 'fastify'
import { GuardFailureError, RouteAccessError } from './errors.ts'
import { type GuardedRoute, isWithin, routeKey, type SeenRoute, watch } from './inventory.ts'
import type { ResolvedOptions } from './options.ts'
import { adviceFor } from './route-report.ts'
import { isListedAs, type ListedRoute } from './router-list.ts'
import { type RouteAccess, type RouteConfig, type RuleSources, routeAccess } from './route-access.ts'
import { type AccessRule, isAccessRule } from './rules.ts'
import type { ScopeCatalog } from './scope-catalog.ts'

/** A route, its access, and its entry in `app.guard.routes()`. */
export interface RuledRoute extends SeenRoute {
  readonly access: RouteAccess
  readonly entry: GuardedRoute
}

/** A route that the router lists but the `onRoute` hook did not see: its context and its own rule are not known. */
export interface UnseenRoute {
  readonly method: string | readonly string[]
  readonly url: string
  readonly access: RouteAccess
  readonly entry: GuardedRoute
}

/** The rules of a guarded context, and the routes that they apply to. */
export interface RuleBook {
  addContextRule(context: FastifyInstance, rule: AccessRule): void
  /** Returns the access of a request's route, or of a 404; `null` for a 404 without a rule. */
  accessOf(request: FastifyRequest): RouteAccess | null
  routes(): readonly RuledRoute[]
  /** Returns the route with the options object that Fastify passes to `onRoute` hooks. */
  route(options: object): RuledRoute | undefined
  /** Returns the listed routes that were not seen, with the rules that apply to them independent of their context. */
  unseen(listed: readonly ListedRoute[]): readonly UnseenRoute[]
  /** Ends the registration of rules. Called when the server is ready. */
  close(): void
}

export function ruleBook(app: FastifyInstance, catalog: ScopeCatalog, options: Readonly<ResolvedOptions>): RuleBook {
  const { routes: registered } = watch(app)
  const contextRules = new WeakMap<object, AccessRule[]>()
  const sources: RuleSources = { catalog, contextRules, routesOption: new Map(Object.entries(options.routes ?? {})) }
  // Keyed by the route's key, by its config if it was not seen (one object per route), or by the context of a 404.
  const judged = new WeakMap<object, RouteAccess | null>()
  let settled: ReadonlyMap<object, RuledRoute> | undefined

  function judge(context: FastifyInstance, config: RouteConfig, url: string | undefined): RouteAccess {
    return routeAccess(sources, context, config, url, url === undefined ? 'allow' : options.undeclared)
  }

  function list(): ReadonlyMap<object, RuledRoute> {
    const routes = new Map<object, RuledRoute>()
    for (const { key, context, options, method, url } of registered) {
      if (!isWithin(context, app)) continue
      const access = judge(context, { ...options.config }, url)
      routes.set(options, { key, context, options, method, url, access, entry: entryOf(method, url, access, options) })
    }
    return routes
  }

  const known = (): ReadonlyMap<object, RuledRoute> => settled ?? list()

  return {
    addContextRule(context, rule) {
      if (!isAccessRule(rule))
        throw new TypeError('app.guard.require() takes one rule: authenticated, allOf(...), anyOf(...)')
      if (settled)
        throw new TypeError('app.guard.require(): the server is ready already, so the rule would apply to no route')
      contextRules.set(context, [...(contextRules.get(context) ?? []), rule])
    },
    accessOf(request) {
      const { config } = request.routeOptions
      const isRoute = !request.is404
      const key = isRoute ? ((config as RouteConfig)[routeKey] ?? config) : request.server
      let access = judged.get(key)
      if (access === undefined) {
        access = asked(judge(request.server, config, isRoute ? config.url : undefined), isRoute)
        judged.set(key, access)
      }
      if (access?.fault !== undefined) {
        const advice = access.isUndeclared ? `. ${adviceFor([config.url])}` : ''
        throw new GuardFailureError({
          cause: new RouteAccessError(`${request.method} ${config.url} ${access.fault}${advice}`)
        })
      }
      return access
    },
    routes: () => [...known().values()],
    route: (options) => known().get(options),
    unseen(listed) {
      if (listed.length === 0) return []
      const patterns = registered.map(({ url }) => url)
      return listed
        .filter(({ url }) => !isListedAs(url, patterns))
        .map(({ url, methods }) => {
          const method = methods.length === 1 ? methods.join() : methods
          // The root of a prefix has two patterns, and a rule for one applies to both.
          const ways = [url, url.endsWith('/') ? url.slice(0, -1) : `${url}/`].map((pattern) => judge(app, {}, pattern))
          const found = ways.find(({ fault, rule }) => fault === undefined && rule !== null) ?? ways[0]
          const access = { ...(found as RouteAccess), route: url } // cast: the list has two members
          if (access.isUndeclared)
            return { method, url, access: { ...access, fault: UNSEEN }, entry: entryOf(method, url, access) }
          return { method, url, access, entry: entryOf(method, url, access) }
        })
    },
    close() {
      settled = list()
      // Stored here instead of at the first request: by then a hook could have changed the route's config.
      for (const { key, access } of settled.values()) judged.set(key, access)
    }
  }
}

const UNSEEN =
  'was registered before @latchkey/guard was imported, so its own rule is unknown: import @latchkey/guard ' +
  'before Fastify() is called, or name the route in the option "routes"'

function entryOf(
  method: GuardedRoute['method'],
  url: string,
  { rule, sources }: RouteAccess,
  { constraints }: Pick<SeenRoute['options'], 'constraints'> = {}
): GuardedRoute {
  return Object.freeze({
    method,
    url,
    rule,
    sources,
    ...(constraints && { constraints: Object.freeze({ ...constraints }) })
  })
}

/** Returns the access, or `null` for a 404 without a rule. */
function asked(access: RouteAccess, isRoute: boolean): RouteAccess | null {
  return isRoute || access.rule !== null || access.fault !== undefined ? access : null
}
