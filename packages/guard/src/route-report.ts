import type { FastifyBaseLogger } from 'fastify'
import { RouteAccessError } from './errors.ts'
import type { SeenRoute } from './inventory.ts'
import type { RouteAccess } from './route-access.ts'

/**
 * What the guard has to say about its routes before the first request: nothing, a line in the log on what is left open,
 * or an error that lists every route which cannot be served as it is.
 *
 * @throws RouteAccessError
 */
export function reportRoutes(
  log: FastifyBaseLogger,
  routes: readonly (SeenRoute & { readonly access: RouteAccess })[],
  patterns: Iterable<string>
): void {
  const urls = new Set(routes.map(({ url }) => url))
  const complaints = [
    ...linesOf(routes.filter(({ access }) => access.fault !== undefined)),
    ...[...patterns]
      .filter((pattern) => !urls.has(pattern))
      .map((pattern) => `${pattern} stands in the option "routes", but no route has this pattern`)
  ]
  if (complaints.length > 0) {
    throw new RouteAccessError(['The guard will not start:', ...new Set(complaints)].join('\n  '))
  }
  const open = routes.filter(({ access }) => access.rule === null).map(nameOf)
  if (open.length > 0) log.warn({ routes: open }, 'these routes have no access rule and are open to everyone')
}

function linesOf(routes: readonly (SeenRoute & { readonly access: RouteAccess })[]): string[] {
  return routes
    .filter((route) => route.method !== 'HEAD' || !routes.some((other) => isGetOf(other, route)))
    .map((route) => `${nameOf(route)} ${route.access.fault}`)
}

// The automatic HEAD of the root of a prefix has a slash that its GET has not.
function isGetOf({ method, url }: SeenRoute, head: SeenRoute): boolean {
  return method === 'GET' && (url === head.url || `${url}/` === head.url)
}

function nameOf({ method, url }: SeenRoute): string {
  return `${typeof method === 'string' ? method : method.join(',')} ${url}`
}
