// The OpenAPI document of the guard's rules, and Swagger UI to try it (https://spec.openapis.org/oas/v3.1.1).
import swagger, {
  type FastifyDynamicSwaggerOptions,
  type SwaggerTransform,
  type SwaggerTransformObject
} from '@fastify/swagger'
import { type AccessRule, checkOptions, InvalidOptionError, must, mustBeFunction, optional } from '@latchkey/guard'
import { isAccessRule } from '@latchkey/guard/plugin'
import type { FastifyInstance, FastifyPluginAsync } from 'fastify'
import fp from 'fastify-plugin'
import { accessTransform } from './access-transform.ts'
import { warnOfEarlierRoutes } from './earlier-routes.ts'
import { mountUi } from './ui.ts'
import { checkInitOAuth, checkUiConfig, type InitOAuth, type UiConfig } from './ui-options.ts'

/**
 * The options of `@latchkey/openapi`. All are optional.
 *
 * @example
 * ```ts
 * await app.register(openapi, { openapi: { info: { title: 'Items', version: '1.0.0' } }, ui: '/docs' })
 * ```
 */
export interface OpenapiOptions {
  /**
   * The initial document: `info`, `servers`, `tags`, `components`. Default: version 3.1.0 and nothing else. `openapi: '3.0.3'`
   * makes a document of that version.
   */
  openapi?: NonNullable<FastifyDynamicSwaggerOptions['openapi']>
  /** Changes a route's schema or URL in the document, before the guard's rule is added. */
  transform?: SwaggerTransform
  /** Changes the finished document. It runs last. */
  transformObject?: SwaggerTransformObject
  /** The path of Swagger UI, such as `/docs`; the document is at `/docs/json` and `/docs/yaml`. Default: none is served. */
  ui?: string
  /**
   * Whether `ui` applies when `NODE_ENV` is `production`. Default: `false`, and neither the page nor the document is served.
   */
  uiInProduction?: boolean
  /**
   * The rule for the page and the document, which lists every route. Default: the rule that `app.guard.require()` or the guard's
   * option `routes` has for them, otherwise `noAuthentication`. A browser sends no bearer token when it opens the page: a rule
   * that requires authentication needs an authenticator that reads cookies.
   */
  access?: AccessRule
  /** The display settings of Swagger UI. */
  uiConfig?: UiConfig
  /** The initial values of the Authorize dialog. Never a client secret; PKCE is always on. */
  initOAuth?: InitOAuth
}

async function openapi(app: FastifyInstance, given: OpenapiOptions): Promise<void> {
  const options = checkOptions('@latchkey/openapi', given, {
    openapi: optional(must('be an OpenAPI document', (value) => typeof value === 'object' && value !== null)),
    transform: optional(mustBeFunction),
    transformObject: optional(mustBeFunction),
    ui: optional(must('be a path that begins with a slash and does not end with one, such as /docs', isPath)),
    uiInProduction: optional(must('be true or false', (value) => typeof value === 'boolean')),
    access: optional(must('be a rule of @latchkey/guard, such as authenticated', isAccessRule)),
    uiConfig: optional(checkUiConfig),
    initOAuth: optional(checkInitOAuth)
  })
  if (app.hasDecorator('swagger')) {
    throw new InvalidOptionError(
      '@latchkey/openapi',
      'openapi',
      'cannot be used, because this server has a document already: instead of this plugin, give the @fastify/swagger that is registered transform: accessTransform(app)'
    )
  }
  warnOfEarlierRoutes(app)
  await app.register(swagger, {
    openapi: { openapi: '3.1.0', ...options.openapi },
    transform: accessTransform(app, options.transform),
    ...(options.transformObject && { transformObject: options.transformObject })
  })
  if (options.ui === undefined) return
  if (process.env.NODE_ENV === 'production' && options.uiInProduction !== true) {
    app.log.info('Swagger UI is not mounted: NODE_ENV is production and uiInProduction is not true')
    return
  }
  const { ui: prefix, access, uiConfig, initOAuth } = options
  await mountUi(app, { prefix, access, uiConfig, initOAuth })
}

function isPath(value: unknown): boolean {
  return typeof value === 'string' && /^(\/[\w.~-]+)+$/.test(value)
}

/**
 * The Fastify plugin that makes the OpenAPI document of a guarded server and, with `ui`, serves Swagger UI. Register it before
 * the routes: it logs a warning that lists the routes declared earlier, which the document lacks. Does not enforce anything.
 *
 * @throws InvalidOptionError for a wrong option, and if the server has a document already
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
