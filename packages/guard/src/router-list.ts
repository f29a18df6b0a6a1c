import type { FastifyInstance } from 'fastify'

/** A route as the router prints it. */
export interface ListedRoute {
  /** The pattern, with `:` for each `::`. */
  readonly url: string
  readonly methods: readonly string[]
  /** The names of its `onRequest` hooks. */
  readonly hooks: readonly string[]
}

// Both expressions match any line.
const LINE = /^(?<indent>(?:│ {3}| {4})*)(?<branch>[├└]── )?(?<text>.*)$/
const NODE = /^(?<path>.*?)(?: \((?<methods>[A-Z-]+(?:, [A-Z-]+)*)\)(?: \{.*\})?)?$/

interface Line {
  readonly indent: string
  readonly branch?: string
  readonly text: string
}

interface Node {
  readonly path: string
  readonly methods?: string
}

const HOOKS = '• (onRequest) '

/**
 * Lists the routes of a server's router, including those registered before this package was imported. Parses the output of
 * `printRoutes()`: Fastify has no other way to read routes after their registration.
 *
 * @param app - a server whose plugins are loaded
 * @see [Fastify, printRoutes](https://fastify.dev/docs/latest/Reference/Server/#printroutes)
 */
export function listRoutes(app: FastifyInstance): readonly ListedRoute[] {
  const routes: { url: string; methods: string[]; hooks: string[] }[] = []
  // The paths of the nodes from the root of the tree to the current line.
  const paths: string[] = []
  for (const line of app.printRoutes({ includeMeta: ['onRequest'] }).split('\n')) {
    const { indent, branch, text } = LINE.exec(line)?.groups as unknown as Line // the names of its groups
    const last = routes.at(-1)
    if (text.startsWith(HOOKS)) {
      last?.hooks.push(...(JSON.parse(text.slice(HOOKS.length)) as string[])) // as Fastify prints it
      continue
    }
    const { path, methods } = NODE.exec(text)?.groups as unknown as Node // the names of its groups
    if (branch !== undefined) paths.splice(indent.length / 4, Number.POSITIVE_INFINITY, path === EMPTY ? '' : path)
    if (methods !== undefined) routes.push({ url: paths.join(''), methods: methods.split(', '), hooks: [] })
  }
  return routes
}

const EMPTY = '(empty root node)'

/**
 * Whether the router lists one of the patterns under this name. The router joins the parameter names at one place: `/:a` and
 * `/:b` are listed as `/:a|:b`. It has one route for each form of a pattern with an optional parameter.
 */
export function isListedAs(listed: string, patterns: readonly string[]): boolean {
  const wanted = listed.toLowerCase().split('/')
  return patterns.some((pattern) => forms(pattern.toLowerCase()).some((form) => fits(wanted, form.split('/'))))
}

function forms(pattern: string): string[] {
  const plain = pattern.replaceAll('::', ':')
  return [plain, plain.replace(/\?(?=\/|$)/, ''), plain.replace(/\/:[^/()]*\?(?=\/|$)/, '')]
}

function fits(wanted: readonly string[], segments: readonly string[]): boolean {
  if (wanted.length !== segments.length) return false
  return segments.every((segment, at) => segment === wanted[at] || wanted[at]?.split('|').includes(segment))
}
