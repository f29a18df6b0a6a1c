import { factsOf } from '../app/facts.ts'
import type { ListedRoute, ServerReport } from '../app/protocol.ts'
import { ruleText } from './rule-text.ts'
import { without } from './without.ts'

/** One route of `latchkey routes`. */
export interface RouteEntry {
  /** One method, or several with a comma between them. */
  readonly method: string
  readonly url: string
  /** The rule as code. `null` if the route is open without a rule, or no guard covers it. */
  readonly rule: string | null
  /** The places where the rule is declared: `route`, `routes option` or `context`. */
  readonly sources: readonly string[]
  readonly guarded: boolean
}

/**
 * Returns all routes of a server with their rules, sorted by path. A HEAD route that Fastify adds to a GET route with the same
 * rule is left out.
 */
export function inventory(report: ServerReport): readonly RouteEntry[] {
  const guarded = factsOf(report, '@latchkey/guard').flatMap(({ routes }) =>
    routes.map(({ method, url, rule, sources }) => ({
      method: String(method),
      url,
      rule: rule && ruleText(rule),
      sources,
      guarded: true
    }))
  )
  // There may be more routes with the same method and URL, with other constraints such as a host, that no guard covers.
  const others = without<ListedRoute>(report.routes, guarded, ({ method, url }) => `${String(method)} ${url}`).map(
    ({ method, url }) => ({ method: String(method), url, rule: null, sources: [], guarded: false })
  )
  const all: readonly RouteEntry[] = [...guarded, ...others]
  return all
    .filter((route) => route.method !== 'HEAD' || !all.some((other) => isGetOf(other, route)))
    .toSorted((a, b) => compare(a.url, b.url) || compare(a.method, b.method))
}

function isGetOf(route: RouteEntry, head: RouteEntry): boolean {
  const isSameUrl = route.url === head.url || `${route.url}/` === head.url
  return route.method === 'GET' && isSameUrl && route.rule === head.rule && route.guarded === head.guarded
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b)
}
