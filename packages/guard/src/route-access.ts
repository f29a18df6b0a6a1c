import type { FastifyInstance } from 'fastify'
import type { RuleSource, routeKey } from './inventory.ts'
import { type AccessRule, type Alternative, allOf, alternatives, isAccessRule, noAuthentication } from './rules.ts'
import type { ScopeCatalog } from './scope-catalog.ts'

/** The access of one route: its rules of all places combined, in the form that is enforced. */
export interface RouteAccess {
  /** The pattern of the route; `null` for a request without a route. */
  readonly route: string | null
  readonly rule: AccessRule | null
  readonly sources: readonly RuleSource[]
  readonly alternatives: readonly Alternative[]
  /** Whether anonymous callers may come in. */
  readonly open: boolean
  /** Why the route cannot be served; `undefined` if it can. */
  readonly fault: string | undefined
  /** Whether the fault is that there is no rule. */
  readonly isUndeclared: boolean
  /** Whether one of its rules admits anonymous callers, but all rules together do not. */
  readonly isOverruled: boolean
}

/** The members of a route's config that affect its access. */
export interface RouteConfig {
  readonly access?: unknown
  readonly otherRules?: unknown
  readonly [routeKey]?: object
}

/** The places of rules other than the routes themselves. */
export interface RuleSources {
  readonly catalog: ScopeCatalog
  readonly contextRules: WeakMap<object, AccessRule[]>
  readonly routesOption: ReadonlyMap<string, AccessRule>
}

/** Combines the rules of all places for a route. The result is never weaker than any of them. */
export function routeAccess(
  { catalog, contextRules, routesOption }: RuleSources,
  context: FastifyInstance,
  config: RouteConfig,
  url: string | undefined,
  undeclared: 'deny' | 'allow'
): RouteAccess {
  const route = url ?? null
  const own = ownRule(config)
  if (typeof own === 'string') return closed(route, own)
  const declared: [RuleSource, AccessRule][] = []
  if (config.otherRules !== 'ignored') {
    declared.push(...rulesAround(contextRules, context).map((rule): [RuleSource, AccessRule] => ['context', rule]))
  }
  for (const pattern of patternsOf(context, url)) {
    const mapped = routesOption.get(pattern)
    if (mapped) declared.push(['routes option', mapped])
  }
  if (own && !(config.otherRules === 'preferred' && declared.length > 0)) declared.push(['route', own])

  const sources = [...new Set(declared.map(([source]) => source))]
  const rules = declared.map(([, rule]) => rule)
  const first = rules[0]
  if (!first) {
    return undeclared === 'allow'
      ? opened(route, null, sources)
      : { ...closed(route, 'has no rule'), isUndeclared: true }
  }
  if (rules.some(({ kind }) => kind === 'noAuthentication')) {
    if (rules.some(({ kind }) => kind !== 'noAuthentication')) return closed(route, contradiction(declared))
    return opened(route, noAuthentication, sources)
  }
  try {
    const rule = rules.length === 1 ? first : allOf(...rules)
    const ways = alternatives(rule)
    const unknown = catalog.unknownIn(ways)
    if (unknown.length > 0) {
      return closed(route, `requires scopes that the guard's option "scopes" does not describe: ${unknown.join(', ')}`)
    }
    const open = ways.some(isAnonymous)
    const isOverruled = !open && rules.length > 1 && rules.some(isOpen)
    return { ...CLOSED, route, rule, sources, alternatives: ways, open, isOverruled }
  } catch (error) {
    return closed(route, `has rules that cannot be combined: ${String(error)}`)
  }
}

// All accesses begin with it, so that they have one shape.
const CLOSED: RouteAccess = {
  route: null,
  rule: null,
  sources: [],
  alternatives: [],
  open: false,
  fault: undefined,
  isUndeclared: false,
  isOverruled: false
}
const OPEN: readonly Alternative[] = alternatives(noAuthentication)

function opened(route: string | null, rule: AccessRule | null, sources: readonly RuleSource[]): RouteAccess {
  return { ...CLOSED, route, rule, sources, alternatives: OPEN, open: true }
}

function closed(route: string | null, fault: string): RouteAccess {
  return { ...CLOSED, route, fault }
}

function isOpen(rule: AccessRule): boolean {
  return alternatives(rule).some(isAnonymous)
}

function isAnonymous({ authenticated }: Alternative): boolean {
  return !authenticated
}

/** Returns the route's own rule if there is one, or a text that describes what is wrong with its config. */
function ownRule(config: RouteConfig): AccessRule | undefined | string {
  const { access, otherRules } = config
  if (otherRules !== undefined) {
    if (otherRules !== 'ignored' && otherRules !== 'preferred') {
      return "has a config.otherRules that is neither 'ignored' nor 'preferred'"
    }
    if (!isAccessRule(access) || (access.kind !== 'noAuthentication' && access.kind !== 'everyone')) {
      return 'has config.otherRules, which goes with config.access: noAuthentication or everyone only'
    }
  }
  if (!('access' in config)) return undefined
  if (isAccessRule(access)) return access
  if (access === undefined) {
    return 'has config.access: undefined: the rule did not exist yet when the route was declared, or its name is misspelt'
  }
  return 'has a config.access that is no rule: use noAuthentication, everyone, authenticated, allOf(...) or anyOf(...)'
}

function contradiction(declared: readonly [RuleSource, AccessRule][]): string {
  const places = (holds: (rule: AccessRule) => boolean): string =>
    [...new Set(declared.filter(([, rule]) => holds(rule)).map(([source]) => PLACES[source]))].join(' and ')
  const none = places(({ kind }) => kind === 'noAuthentication')
  const others = places(({ kind }) => kind !== 'noAuthentication')
  return (
    `has noAuthentication by ${none}, and a rule that checks credentials by ${others}: rules only tighten. ` +
    'Keep one of the two, or move the route out of that context'
  )
}

const PLACES: Readonly<Record<RuleSource, string>> = {
  route: 'its config.access',
  context: 'app.guard.require()',
  'routes option': 'the guard\'s option "routes"'
}

/**
 * Returns the patterns whose rules apply to a URL. Fastify registers the root of a prefix under two URLs, and its automatic
 * HEAD only under the second: a rule for one applies to both.
 */
function patternsOf({ prefix }: FastifyInstance, url: string | undefined): string[] {
  if (url === undefined) return []
  return prefix !== '' && (url === prefix || url === `${prefix}/`) ? [prefix, `${prefix}/`] : [url]
}

/** Returns the rules of a context and of its outer contexts, outermost first. */
function rulesAround(contextRules: WeakMap<object, AccessRule[]>, context: FastifyInstance): AccessRule[] {
  const rules: AccessRule[] = []
  // Each context has its parent as prototype.
  for (let at: object | null = context; at !== null; at = Reflect.getPrototypeOf(at)) {
    rules.unshift(...(contextRules.get(at) ?? []))
  }
  return rules
}
