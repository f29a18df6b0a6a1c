import type { FastifyInstance } from 'fastify'
import type { RuleSource } from './inventory.ts'
import { type AccessRule, type Alternative, allOf, alternatives, everyone, isAccessRule } from './rules.ts'
import type { ScopeCatalog } from './scope-catalog.ts'

/** What holds for one route: its rules of all places as one, in the form that is enforced. */
export interface RouteAccess {
  /** The pattern of the route; `null` for what no route has. */
  readonly route: string | null
  readonly rule: AccessRule | null
  readonly sources: readonly RuleSource[]
  readonly alternatives: readonly Alternative[]
  /** Whether anonymous callers may come in. */
  readonly open: boolean
  /** Why the route cannot be served as it is, with the fix; `undefined` when all is well. */
  readonly fault: string | undefined
}

/** In the config of a route of the guard's own that is open without being looked at, whatever rules its context has. */
export const unguarded: unique symbol = Symbol('@latchkey/guard unguarded')

/** As much of a route's config as says what holds there. */
export interface RouteConfig {
  readonly access?: unknown
  readonly [unguarded]?: true
}

/** Where rules stand, beside the routes themselves. */
export interface RuleSources {
  readonly catalog: ScopeCatalog
  readonly contextRules: WeakMap<object, AccessRule[]>
  readonly routesOption: ReadonlyMap<string, AccessRule>
}

/** Puts together what holds for a route: never less than each of its places asks for. */
export function routeAccess(
  { catalog, contextRules, routesOption }: RuleSources,
  context: FastifyInstance,
  config: RouteConfig,
  url: string | undefined,
  undeclared: 'deny' | 'allow'
): RouteAccess {
  const route = url ?? null
  if (config[unguarded]) {
    if (patternsOf(context, url).some((pattern) => routesOption.has(pattern))) {
      return closed(route, 'is open whatever the option "routes" says of it: leave it out there')
    }
    return { route, rule: everyone, sources: ['route'], alternatives: OPEN, open: true, fault: undefined }
  }
  const declared: [RuleSource, AccessRule][] = rulesAround(contextRules, context).map((rule) => ['context', rule])
  for (const pattern of patternsOf(context, url)) {
    const mapped = routesOption.get(pattern)
    if (mapped) declared.push(['routes option', mapped])
  }
  if ('access' in config) {
    if (!isAccessRule(config.access)) return closed(route, notARule(config.access))
    declared.push(['route', config.access])
  }

  const sources = [...new Set(declared.map(([source]) => source))]
  const rules = declared.map(([, rule]) => rule)
  const first = rules[0]
  if (!first) {
    if (undeclared === 'allow') return { route, rule: null, sources, alternatives: OPEN, open: true, fault: undefined }
    return closed(
      route,
      'has no rule: give it config: { access: ... }, e.g. allOf("some:scope"), authenticated or everyone'
    )
  }
  try {
    const rule = rules.length === 1 ? first : allOf(...rules)
    const unknown = catalog.unknownIn(rule)
    if (unknown.length > 0) {
      return closed(route, `asks for scopes that the guard's option "scopes" does not describe: ${unknown.join(', ')}`)
    }
    const ways = alternatives(rule)
    return { route, rule, sources, alternatives: ways, open: ways.some((way) => !way.authenticated), fault: undefined }
  } catch (error) {
    return closed(route, `has rules that do not go together: ${String(error)}`)
  }
}

const OPEN: readonly Alternative[] = alternatives(everyone)

function closed(route: string | null, fault: string): RouteAccess {
  return { route, rule: null, sources: [], alternatives: [], open: false, fault }
}

function notARule(value: unknown): string {
  if (value === undefined) {
    return 'has config.access: undefined: the rule did not exist yet when the route was made, or its name is misspelt'
  }
  return 'has a config.access that is no rule: use everyone, authenticated, allOf(...) or anyOf(...)'
}

/** Fastify gives the root of a prefix two urls, and its automatic HEAD only the second: a rule for one is for both. */
function patternsOf({ prefix }: FastifyInstance, url: string | undefined): string[] {
  if (url === undefined) return []
  return prefix !== '' && (url === prefix || url === `${prefix}/`) ? [prefix, `${prefix}/`] : [url]
}

/** The rules of a context and of those around it, outermost first. */
function rulesAround(contextRules: WeakMap<object, AccessRule[]>, context: FastifyInstance): AccessRule[] {
  const rules: AccessRule[] = []
  // Fastify makes each context from its parent.
  for (let at: object | null = context; at !== null; at = Reflect.getPrototypeOf(at)) {
    rules.unshift(...(contextRules.get(at) ?? []))
  }
  return rules
}
