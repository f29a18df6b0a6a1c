import { type DeclaredRoute, routesSoFar } from '@latchkey/guard'
import type { FastifyInstance } from 'fastify'

/** Warns of routes that `@fastify/swagger` does not document, because they are declared already. */
export function warnOfEarlierRoutes(app: FastifyInstance): void {
  const routes = routesSoFar(app).filter(isDocumented).map(nameOf)
  if (routes.length === 0) return
  app.log.warn(
    { routes },
    '@latchkey/openapi: the document lacks routes, because they were declared before the plugin. Fix: register @latchkey/openapi before the routes, with await'
  )
}

// The HEAD routes that Fastify adds are in no document.
function isDocumented({ method, schema }: DeclaredRoute): boolean {
  const { hide } = Object(schema) as { hide?: unknown } // whatever a route has, it may be asked for its members
  return method !== 'HEAD' && hide !== true
}

function nameOf({ method, url }: DeclaredRoute): string {
  return `${String(method)} ${url}`
}
