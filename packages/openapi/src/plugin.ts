// The OpenAPI document of the guard's rules, and Swagger UI to try it (https://spec.openapis.org/oas/v3.1.1).
import swagger from '@fastify/swagger'
import { RegistrationError } from '@latchkey/options'
import type { FastifyInstance, FastifyPluginAsync } from 'fastify'
import fp from 'fastify-plugin'
import { accessTransform } from './access-transform.ts'
import { warnOfEarlierRoutes } from './earlier-routes.ts'
import { type OpenapiOptions, resolveOptions } from './options.ts'
import { mountUi } from './ui.ts'

async function openapi(app: FastifyInstance, given: OpenapiOptions): Promise<void> {
  const options = resolveOptions(given)
  if (app.hasDecorator('swagger')) {
    throw new RegistrationError(
      '@latchkey/openapi',
      'this server has a document already. Fix: instead of this plugin, give the @fastify/swagger that is registered transform: accessTransform(app)'
    )
  }
  warnOfEarlierRoutes(app)
  await app.register(swagger, {
    openapi: { openapi: '3.1.0', ...options.openapi },
    transform: accessTransform(app, options.transform),
    ...(options.transformObject && { transformObject: options.transformObject })
  })
  if (options.ui === undefined) return
  if (process.env.NODE_ENV === 'production' && !options.uiInProduction) {
    app.log.info('Swagger UI is not mounted: NODE_ENV is production and uiInProduction is not true')
    return
  }
  await mountUi(app, options.ui, options)
}

/**
 * The Fastify plugin that makes the OpenAPI document of a guarded server and, with `ui`, serves Swagger UI. Register it before
 * the routes: it logs a warning that lists the routes declared earlier, which the document lacks. Does not enforce anything.
 *
 * @throws RegistrationError for a wrong option, and if the server has a document already
 * @see [OpenAPI Specification 3.1](https://spec.openapis.org/oas/v3.1.1)
 *
 * @example
 * ```ts
 * await app.register(openapi, { ui: '/docs' })
 * await app.register(guard, { scopes: { 'items:read': 'Read items' } })
 * app.get('/items', { config: { access: allOf('items:read') } }, async () => [])
 * ```
 */
const plugin: FastifyPluginAsync<OpenapiOptions> = fp(openapi, { name: '@latchkey/openapi', fastify: '5.x' })
export default plugin
