import * as o from '@latchkey/options'
import type { FastifyInstance, InjectOptions, LightMyRequestResponse } from 'fastify'
import { as } from './as.ts'
import type { Caller } from './caller.ts'
import { SIGN_IN_PATH } from './plugin.ts'
import type { TestPrincipal } from './principal.ts'
import { pathOf, routesOf, type TestedRoute } from './routes.ts'
import { readyGuard } from './server.ts'

/** The options of {@link accessMatrix}. */
export interface AccessMatrixOptions {
  /**
   * The columns by their titles: a principal as for `as()`, a caller of your own such as one with an API key, or `null` for a
   * request without credentials.
   */
  readonly principals: Readonly<Record<string, TestPrincipal | Pick<Caller, 'inject'> | null>>
  /**
   * Values for parameters of routes, by name. A parameter with a regular expression needs one. Default: `x` for each parameter.
   *
   * @example params: { id: '42' }
   */
  readonly params?: Readonly<Record<string, string>> | undefined
  /**
   * Routes that are left out, as the table writes them.
   *
   * @example except: ['GET /logout']
   */
  readonly except?: readonly string[] | undefined
}

const NAME = 'accessMatrix()'

const schema = o.members({
  principals: o.must<AccessMatrixOptions['principals']>(
    'be an object with a principal, a caller or null for each title',
    (value) => o.isRecord(value) && Object.keys(value).length > 0 && Object.values(value).every(isColumn)
  ),
  params: o.optional(
    o.must<Readonly<Record<string, string>>>('be an object with texts', (value) => o.isMapOf(value, o.isText)),
    {}
  ),
  except: o.optional(o.listOf('be a list of routes such as GET /logout', o.text), [])
})

/**
 * Returns a table of the routes that each principal opens, as a text to compare with a snapshot. The rows are the routes of the
 * guard, sorted by URL, without methods that are answered with 405 to every principal. A cell is `yes`, or the status with which the
 * server refuses: 401, 403, 405 or 5xx. A route with a constraint is named with it, and asked with its host and version. A
 * cell is `?` for a route whose host or version is not a string, and for one with another constraint.
 *
 * Each cell is a real request with new credentials. A request that is not GET or HEAD has a body of an unknown media type, so that
 * Fastify answers 415 after the guard, and no handler runs; a server with a content type parser for `*` runs it. Handlers of GET
 * run.
 *
 * @throws RegistrationError for a wrong option, for a parameter without a value, and when the server has no guard
 *
 * @example
 * ```ts
 * const table = await accessMatrix(app, {
 *   principals: { anonymous: null, reader: { subject: 'bob', scopes: ['items:read'] } }
 * })
 * t.matchSnapshot(table)
 * ```
 */
export async function accessMatrix(app: FastifyInstance, options: AccessMatrixOptions): Promise<string> {
  const { principals, params, except } = o.checkOptions(NAME, schema, options)
  const guard = await readyGuard(NAME, app)
  const rows = [['route', ...Object.keys(principals)]]
  for (const route of routesOf(guard)) {
    const title = titleOf(route)
    if (except.includes(route.name) || except.includes(title) || route.url.endsWith(SIGN_IN_PATH)) continue
    const request = requestFor(route, params)
    const cells: string[] = []
    for (const principal of Object.values(principals)) {
      const caller = principal === null ? app : 'inject' in principal ? principal : as(app, principal)
      cells.push(request === null ? '?' : cellOf(await caller.inject(request)))
    }
    // Endpoints of protocols have a route for the methods that they do not offer.
    if (cells.some((text) => text !== '405')) rows.push([title, ...cells])
  }
  return textOf(rows)
}

function isColumn(value: unknown): boolean {
  return value === null || o.isRecord(value)
}

/** The name of a route with its constraints, such as `GET /items (host a.example)`: routes may differ in these only. */
function titleOf({ name, constraints }: TestedRoute): string {
  const texts = Object.entries(constraints).map(([constraint, value]) => `${constraint} ${String(value)}`)
  return texts.length === 0 ? name : `${name} (${texts.join(', ')})`
}

/** The request that reaches a route; `null` if headers cannot meet its constraints. */
function requestFor(
  { method, url, constraints }: TestedRoute,
  params: Readonly<Record<string, string>>
): InjectOptions | null {
  const headers: Record<string, string> = {}
  for (const [name, value] of Object.entries(constraints)) {
    if ((name !== 'host' && name !== 'version') || typeof value !== 'string') return null
    headers[name === 'host' ? 'host' : 'accept-version'] = value
  }
  const request = { method, url: pathOf(NAME, url, params), headers }
  if (method === 'GET' || method === 'HEAD') return request
  return { ...request, headers: { ...headers, 'content-type': 'application/x-latchkey-testing' }, payload: 'x' }
}

function cellOf({ statusCode }: LightMyRequestResponse): string {
  return [401, 403, 405].includes(statusCode) || statusCode >= 500 ? String(statusCode) : 'yes'
}

function textOf(rows: readonly (readonly string[])[]): string {
  const widths = rows.reduce<readonly number[]>(
    (widest, row) => row.map((text, column) => Math.max(text.length, widest[column] ?? 0)),
    []
  )
  const line = (row: readonly string[]): string =>
    row.map((text, column) => text.padEnd(Number(widths[column]))).join('  ')
  return rows.map((row) => `${line(row).trimEnd()}\n`).join('')
}
