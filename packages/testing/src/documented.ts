import { AssertionError } from 'node:assert'
import type { AccessRule } from '@latchkey/guard'
import { alternatives, routesSoFar } from '@latchkey/guard/plugin'
import * as o from '@latchkey/options'
import type { FastifyInstance } from 'fastify'
import { SIGN_IN_PATH } from './plugin.ts'
import { documentedPath, routesOf } from './routes.ts'
import { readyGuard } from './server.ts'

/** The options of {@link assertDocumented}. */
export interface DocumentedOptions {
  /**
   * Routes that are not compared, such as those that a `transform` leaves out.
   *
   * @example except: ['GET /internal/metrics']
   */
  readonly except?: readonly string[] | undefined
}

type Security = readonly Readonly<Record<string, readonly string[]>>[]

interface Server {
  readonly url: string
  readonly variables?: Readonly<Record<string, { readonly default: string }>>
}

/** The members of an OpenAPI document that are compared. */
interface Document {
  readonly openapi?: string
  readonly servers?: readonly Server[]
  readonly security?: Security
  readonly paths?: Readonly<Record<string, Readonly<Record<string, { readonly security?: Security }>>>>
  readonly components?: { readonly securitySchemes?: Readonly<Record<string, { readonly type: string }>> }
}

const NAME = 'assertDocumented()'
const PUBLIC = 'public'
const METHODS = new Set(['get', 'put', 'post', 'delete', 'options', 'head', 'patch', 'trace'])

const schema = o.members({ except: o.optional(o.listOf('be a list of routes such as GET /metrics', o.text), []) })

/**
 * Requires that the OpenAPI document of the server and its guard agree on each route: which schemes and scopes open it, and
 * whether it is public. A route of the guard must be in the document, unless it has `schema.hide`. A documented route that the
 * guard does not know must be public. A document has one operation for routes that differ only in a constraint, such as a host:
 * it must agree with each of them. Does not compare parameters, bodies and answers.
 *
 * @throws AssertionError that lists the differences. RegistrationError when the server has no document or no guard
 *
 * @example
 * ```ts
 * await assertDocumented(app)
 * ```
 */
export async function assertDocumented(app: FastifyInstance, options: DocumentedOptions = {}): Promise<void> {
  const { except } = o.checkOptions(NAME, schema, options)
  const guard = await readyGuard(NAME, app)
  if (!app.hasDecorator('swagger')) {
    throw new o.RegistrationError(NAME, 'the server has no document. Fix: register @latchkey/openapi before the routes')
  }
  const document = app.getDecorator<() => Document>('swagger')()
  const definitions = document.components?.securitySchemes ?? {}
  const accepted = guard.securitySchemes().map(({ name }) => name)
  // Without those of protocols.
  const declared = routesSoFar(app).filter(({ schema }) => !isHidden(schema))
  const operations = operationsOf(document)
  const guarded = new Set<string>()
  const bases = basesOf(document)
  const differences: string[] = []

  for (const { name, method, url, rule } of routesOf(guard)) {
    const documented = pathsOf(url, bases)
      .map((path) => `${method} ${path}`)
      .find((each) => operations.has(each))
    const security = operations.get(String(documented))
    guarded.add(String(documented))
    if (except.includes(name) || url.endsWith(SIGN_IN_PATH)) continue
    if (security === undefined) {
      const isDeclared = declared.some((route) => route.url === url && [route.method].flat().includes(method))
      if (isDeclared) differences.push(`${name} is not in the document`)
      continue
    }
    const enforced =
      rule === null ? [PUBLIC] : enforcedWays(rule, accepted, (scheme) => hasScopes(document, definitions[scheme]))
    if (String(enforced) !== String(security)) {
      differences.push(`${name}: the guard requires ${text(enforced)}, and the document says ${text(security)}`)
    }
  }
  for (const [name, security] of operations) {
    if (guarded.has(name) || except.includes(name) || String(security) === PUBLIC) continue
    differences.push(`${name}: the document says ${text(security)}, and the guard has no such route`)
  }
  for (const name of accepted) {
    if (definitions[name] === undefined) differences.push(`the scheme ${name} of the guard is not in the document`)
  }
  if (differences.length === 0) return
  throw new AssertionError({
    message: `The document and the guard differ:\n- ${differences.join('\n- ')}`,
    actual: differences,
    expected: [],
    operator: 'assertDocumented'
  })
}

/** The documented ways in of each operation, as sorted texts, by method and path. */
function operationsOf({ paths = {}, security: everywhere = [] }: Document): Map<string, readonly string[]> {
  return new Map(
    Object.entries(paths).flatMap(([path, item]) =>
      Object.entries(item)
        .filter(([method]) => METHODS.has(method))
        .map(
          ([method, { security = everywhere }]) =>
            [`${method.toUpperCase()} ${path}`, documentedWays(security)] as const
        )
    )
  )
}

function documentedWays(security: Security): readonly string[] {
  if (security.length === 0) return [PUBLIC]
  return distinct(
    security.map((requirement) =>
      Object.keys(requirement).length === 0
        ? 'nothing'
        : Object.entries(requirement)
            .map(([scheme, scopes]) => way(scheme, scopes))
            .sort()
            .join(' and ')
    )
  )
}

function enforcedWays(
  rule: AccessRule,
  schemes: readonly string[],
  hasScopes: (scheme: string) => boolean
): readonly string[] {
  const ways = alternatives(rule)
  if (ways.every(({ authenticated }) => !authenticated)) return [PUBLIC]
  if (schemes.length === 0) return ['credentials, and has no scheme for them']
  return distinct(
    ways.flatMap(({ authenticated, scopes }) =>
      authenticated ? schemes.map((scheme) => way(scheme, hasScopes(scheme) ? scopes : [])) : ['nothing']
    )
  )
}

// OpenAPI 3.0 allows scopes for these two types only. Later versions list them as roles for the others.
function hasScopes({ openapi }: Document, definition: { readonly type: string } | undefined): boolean {
  return definition?.type === 'oauth2' || definition?.type === 'openIdConnect' || !openapi?.startsWith('3.0')
}

function way(scheme: string, scopes: readonly string[]): string {
  return scopes.length === 0 ? scheme : `${scheme} with ${[...scopes].sort().join(' ')}`
}

function distinct(ways: readonly string[]): readonly string[] {
  return [...new Set(ways)].sort()
}

function text(ways: readonly string[]): string {
  return ways.join(' or ')
}

/** The paths of `servers`, which documents leave out of the paths of routes. */
function basesOf({ servers = [] }: Document): readonly string[] {
  return servers.flatMap(({ url, variables = {} }) => {
    const resolved = url.replace(/\{([^{}]+)\}/g, (_match, name: string) => String(variables[name]?.default))
    const base = o.parseUrl(resolved, 'http://localhost')?.pathname.replace(/\/$/, '')
    return base ? [base] : []
  })
}

/** The paths at which a document may have a route. Of `/area` and `/area/`, which are one route of Fastify, it has one. */
function pathsOf(url: string, bases: readonly string[]): readonly string[] {
  const path = documentedPath(url)
  const paths = [path, ...bases.filter((base) => path.startsWith(base)).map((base) => path.slice(base.length))]
  return paths.flatMap((each) => [each, each.endsWith('/') ? each.slice(0, -1) : `${each}/`])
}

function isHidden(schema: unknown): boolean {
  const { hide, tags } = Object(schema) as { readonly hide?: unknown; readonly tags?: unknown } // cast: Object() accepts any value
  return hide === true || (Array.isArray(tags) && tags.includes('X-HIDDEN'))
}
