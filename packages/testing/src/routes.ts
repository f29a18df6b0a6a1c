import type { AccessRule, Guard } from '@latchkey/guard'
import { RegistrationError } from '@latchkey/options'

/** A route with one method. */
export interface TestedRoute {
  /** The method and the pattern, such as `GET /items/:id`. */
  readonly name: string
  readonly method: string
  /** The pattern as registered. */
  readonly url: string
  readonly rule: AccessRule | null
  /** Fastify's constraints of the route, such as a host. */
  readonly constraints: Readonly<Record<string, unknown>>
}

/** Returns the routes of a guard, sorted by URL and method. A HEAD route beside a GET route is left out: it has the same rule. */
export function routesOf(guard: Guard): readonly TestedRoute[] {
  const routes = guard
    .routes()
    .flatMap(({ method, url, rule, constraints = {} }) =>
      [method].flat().map((each) => ({ name: `${each} ${url}`, method: each, url, rule, constraints }))
    )
  const read = new Set(routes.filter(({ method }) => method === 'GET').map(({ url }) => withoutSlash(url)))
  return routes
    .filter(({ method, url }) => method !== 'HEAD' || !read.has(withoutSlash(url)))
    .sort((a, b) => compare(a.url, b.url) || compare(a.method, b.method))
}

// The root of a prefix is one route with two patterns, and the guard lists one of them.
function withoutSlash(url: string): string {
  return url.endsWith('/') ? url.slice(0, -1) : url
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b)
}

const PARAMETER = /:(\w+)(\((?:[^()]|\([^()]*\))*\))?/g

/**
 * Returns a path that a route pattern matches.
 *
 * @throws RegistrationError for a parameter with a regular expression that has no value
 */
export function pathOf(caller: string, pattern: string, params: Readonly<Record<string, string>>): string {
  const path = withoutParameters(pattern, 'x', (name, expression) => {
    const value = Object.hasOwn(params, name) ? params[name] : undefined
    if (value !== undefined) return encodeURIComponent(value)
    if (expression === undefined) return 'x'
    throw new RegistrationError(
      caller,
      `params.${name} is missing: a route has a regular expression for it. Fix: give a value that matches`
    )
  })
  // The mark of an optional parameter.
  return path.replaceAll('?', '')
}

/** Returns a route pattern as a document writes it, such as `/items/{id}`. */
export function documentedPath(pattern: string): string {
  return withoutParameters(pattern, '{*}', (name) => `{${name}}`)
}

function withoutParameters(
  pattern: string,
  wildcard: string,
  replace: (name: string, expression: string | undefined) => string
): string {
  return pattern
    .split('::')
    .map((piece) =>
      piece
        .replaceAll('*', wildcard)
        .replace(PARAMETER, (_match, name: string, expression: string | undefined) => replace(name, expression))
    )
    .join(':')
}
