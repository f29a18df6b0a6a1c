// The OpenAPI document of what the guard enforces, and Swagger UI to try it (https://spec.openapis.org/oas/v3.1.1).
import swagger, {
  type FastifyDynamicSwaggerOptions,
  type SwaggerTransform,
  type SwaggerTransformObject
} from '@fastify/swagger'
import {
  type AccessRule,
  checkOptions,
  InvalidOptionError,
  isAccessRule,
  must,
  mustBeFunction,
  optional
} from '@latchkey/guard'
import type { FastifyInstance, FastifyPluginAsync } from 'fastify'
import fp from 'fastify-plugin'
import { accessTransform } from './access-transform.ts'
import { warnOfEarlierRoutes } from './earlier-routes.ts'
import { mountUi } from './ui.ts'
import { checkInitOAuth, checkUiConfig, type InitOAuth, type UiConfig } from './ui-options.ts'

/** The options of `@latchkey/openapi`. */
export interface OpenapiOptions {
  /**
   * The document to begin with: `info`, `servers`, `tags`, `components`. Default: version 3.1.0 and nothing else.
   * `openapi: '3.0.3'` makes a document of that version.
   */
  openapi?: NonNullable<FastifyDynamicSwaggerOptions['openapi']>
  /** Changes a route's schema or address in the document, before the guard's rule is written in. */
  transform?: SwaggerTransform
  /** Changes the finished document: the last word. */
  transformObject?: SwaggerTransformObject
  /** Where Swagger UI stands, e.g. `/docs`; the document is at `/docs/json` and `/docs/yaml`. Default: nowhere. */
  ui?: string
  /** Whether `ui` counts when `NODE_ENV` is `production`. Default `false`: neither the page nor the document is served. */
  uiInProduction?: boolean
  /**
   * Who may see the page and the document, which names every route. Default: the rule that `app.access()` or the guard's
   * option `routes` has for them, and without one `noAuthentication`. A browser that opens the page
   * sends no bearer token: a rule that asks for authentication needs an authenticator that reads cookies.
   */
  access?: AccessRule
  /** How Swagger UI shows the document. */
  uiConfig?: UiConfig
  /** What the Authorize dialog is filled in with. Never a client secret; PKCE is always on. */
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
 * The Fastify plugin that writes the OpenAPI document of a guarded server and, with `ui`, serves Swagger UI. Register it
 * before the routes that it is to document: it logs a warning that names those that come before it. Does not enforce anything.
 *
 * @throws InvalidOptionError for an option that it cannot work with, and where the server has a document already
 * @see [OpenAPI Specification 3.1](https://spec.openapis.org/oas/v3.1.1)
 */
const plugin: FastifyPluginAsync<OpenapiOptions> = fp(openapi, { name: '@latchkey/openapi', fastify: '5.x' })
export default plugin
