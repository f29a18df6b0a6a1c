import { type DeclaredRoute, routesSoFar } from '@latchkey/guard/plugin'
import type { FastifyInstance } from 'fastify'

/** Logs a warning for routes that `@fastify/swagger` does not document, because they were declared earlier. */
export function warnOfEarlierRoutes(app: FastifyInstance): void {
  const routes = routesSoFar(app).filter(isDocumented).map(nameOf)
  if (routes.length === 0) return
  app.log.warn(
    { routes },
    '@latchkey/openapi: the document lacks routes, because they were declared before the plugin. Fix: register @latchkey/openapi before the routes, with await'
  )
}

// Documents do not contain the HEAD routes that Fastify adds.
function isDocumented({ method, schema }: DeclaredRoute): boolean {
  const { hide } = Object(schema) as { hide?: unknown } // cast: Object() accepts any value
  return method !== 'HEAD' && hide !== true
}

function nameOf({ method, url }: DeclaredRoute): string {
  return `${String(method)} ${url}`
}
