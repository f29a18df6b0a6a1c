import type { FastifyBaseLogger } from 'fastify'
import { RouteAccessError } from './errors.ts'
import type { RouteAccess } from './route-access.ts'
import type { UnguardedRoute } from './unguarded-routes.ts'

/** The members of a route that the report uses. */
export interface ReportedRoute extends UnguardedRoute {
  readonly access: RouteAccess
}

/**
 * Reports on the routes before the first request. The log lists open routes without a rule, and rules without effect. An error
 * lists every route that cannot be served.
 *
 * @param mapped - the patterns of the option `routes`
 * @param unguarded - the routes of other contexts whose rule is not enforced
 * @throws RouteAccessError
 */
export function reportRoutes(
  log: FastifyBaseLogger,
  routes: readonly ReportedRoute[],
  mapped: readonly string[],
  unguarded: readonly UnguardedRoute[]
): void {
  const faulty = withoutHeads(routes.filter(({ access }) => access.fault !== undefined))
  const undeclared = faulty.filter(({ access }) => access.isUndeclared)
  const unknown = unlisted(mapped, routes)
  const complaints = [
    ...new Set(faulty.map((route) => `${nameOf(route)} ${route.access.fault}`)),
    ...withoutHeads(unguarded).map((route) => `${nameOf(route)} has a rule, and no guard covers it`),
    ...unknown.map((pattern) => `${pattern} is in the option "routes", but no route has this pattern`)
  ]
  if (complaints.length > 0) {
    const advice = [
      ...(undeclared.length > 0 ? [adviceFor(undeclared.map(({ url }) => url))] : []),
      ...(unguarded.length > 0 ? [AROUND] : []),
      ...(unknown.length > 0
        ? [`The patterns of the routes are ${[...urlsOf(routes)].map((url) => `'${url}'`).join(', ') || 'none'}`]
        : [])
    ]
    throw new RouteAccessError([['The guard will not start:', ...complaints].join('\n  '), ...advice].join('\n'))
  }
  const open = routes.filter(({ access }) => access.rule === null).map(nameOf)
  if (open.length > 0) log.warn({ routes: open }, 'These routes have no access rule and are open to everyone')
  const closed = withoutHeads(routes.filter(({ access }) => access.isOverruled)).map(nameOf)
  if (closed.length > 0) {
    log.warn(
      { routes: closed },
      'These routes declare everyone, which has no effect: rules only tighten, and another rule of the route, such as that of app.guard.require(), requires authentication'
    )
  }
}

const AROUND =
  'Register the guard in a context around these routes. A plugin of yours that registers it must be wrapped in fastify-plugin'

function urlsOf(routes: readonly ReportedRoute[]): ReadonlySet<string> {
  return new Set(routes.map(({ url }) => url))
}

function unlisted(patterns: readonly string[], routes: readonly ReportedRoute[]): readonly string[] {
  if (patterns.length === 0) return []
  const urls = urlsOf(routes)
  return patterns.filter((pattern) => !urls.has(pattern))
}

/** Returns the advice on how to give a rule to routes, one's own or those of a plugin. */
export function adviceFor(urls: readonly string[]): string {
  const patterns = [...new Set(urls)].map((url) => `'${url.replaceAll("'", "\\'")}': rule`).join(', ')
  return [
    'Give each route a rule (allOf("some:scope"), authenticated, everyone or noAuthentication):',
    '- a route of your own: config: { access: rule }',
    `- a route of a plugin: the option routes: { ${patterns} } of the guard`,
    '- all routes of a context: app.guard.require(rule)',
    "To leave routes without a rule open: the option undeclared: 'allow' of the guard"
  ].join('\n  ')
}

/** Returns the routes without the automatic HEAD routes of GET routes in the list. */
function withoutHeads<Route extends UnguardedRoute>(routes: readonly Route[]): readonly Route[] {
  return routes.filter((route) => route.method !== 'HEAD' || !routes.some((other) => isGetOf(other, route)))
}

// The automatic HEAD of the root of a prefix ends in a slash; its GET does not.
function isGetOf({ method, url }: UnguardedRoute, head: UnguardedRoute): boolean {
  return method === 'GET' && (url === head.url || `${url}/` === head.url)
}

function nameOf({ method, url }: UnguardedRoute): string {
  return `${typeof method === 'string' ? method : method.join(',')} ${url}`
}
