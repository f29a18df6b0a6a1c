import type { FastifyBaseLogger } from 'fastify'
import { RouteAccessError } from './errors.ts'
import type { RouteAccess } from './route-access.ts'

/** As much of a route as is reported. */
export interface ReportedRoute {
  readonly method: string | readonly string[]
  readonly url: string
  readonly access: RouteAccess
}

/**
 * What the guard has to say about its routes before the first request: lines in the log on routes that are left open and on
 * rules without effect, or an error that lists every route which cannot be served as it is.
 *
 * @param mapped - the patterns of the option `routes`
 * @throws RouteAccessError
 */
export function reportRoutes(
  log: FastifyBaseLogger,
  routes: readonly ReportedRoute[],
  mapped: readonly string[]
): void {
  const faulty = withoutHeads(routes.filter(({ access }) => access.fault !== undefined))
  const undeclared = faulty.filter(({ access }) => access.isUndeclared)
  const urls = [...new Set(routes.map(({ url }) => url))]
  const unknown = mapped.filter((pattern) => !urls.includes(pattern))
  const complaints = [
    ...new Set(faulty.map((route) => `${nameOf(route)} ${route.access.fault}`)),
    ...unknown.map((pattern) => `${pattern} stands in the option "routes", but no route has this pattern`)
  ]
  if (complaints.length > 0) {
    const advice = [
      ...(undeclared.length > 0 ? [adviceFor(undeclared.map(({ url }) => url))] : []),
      ...(unknown.length > 0
        ? [`The patterns of the routes are ${urls.map((url) => `'${url}'`).join(', ') || 'none'}`]
        : [])
    ]
    throw new RouteAccessError([['The guard will not start:', ...complaints].join('\n  '), ...advice].join('\n'))
  }
  const open = routes.filter(({ access }) => access.rule === null).map(nameOf)
  if (open.length > 0) log.warn({ routes: open }, 'these routes have no access rule and are open to everyone')
  const closed = withoutHeads(routes.filter(({ access }) => access.isOverruled)).map(nameOf)
  if (closed.length > 0) {
    log.warn(
      { routes: closed },
      'these routes declare everyone, which has no effect: rules only tighten, and another rule of theirs, such as that of app.access(), asks for authentication'
    )
  }
}

/** How routes get a rule, whosever they are. */
export function adviceFor(urls: readonly string[]): string {
  const patterns = [...new Set(urls)].map((url) => `'${url.replaceAll("'", "\\'")}': rule`).join(', ')
  return [
    'Give each route a rule (allOf("some:scope"), authenticated, everyone or noAuthentication):',
    '- a route of your own: config: { access: rule }',
    `- a route of a plugin: the option routes: { ${patterns} } of the guard`,
    '- all routes of a context: app.access(rule)',
    "To leave routes without a rule open: the option undeclared: 'allow' of the guard"
  ].join('\n  ')
}

/** Without the automatic HEAD of a GET route that is among them. */
function withoutHeads(routes: readonly ReportedRoute[]): readonly ReportedRoute[] {
  return routes.filter((route) => route.method !== 'HEAD' || !routes.some((other) => isGetOf(other, route)))
}

// The automatic HEAD of the root of a prefix has a slash that its GET has not.
function isGetOf({ method, url }: ReportedRoute, head: ReportedRoute): boolean {
  return method === 'GET' && (url === head.url || `${url}/` === head.url)
}

function nameOf({ method, url }: ReportedRoute): string {
  return `${typeof method === 'string' ? method : method.join(',')} ${url}`
}
