import type { FastifyDynamicSwaggerOptions, SwaggerTransform, SwaggerTransformObject } from '@fastify/swagger'
import type { AccessRule } from '@latchkey/guard'
import { isAccessRule } from '@latchkey/guard/plugin'
import { aFunction, checkOptions, flag, isRecord, isRoutePath, must, optional, pluginOptions } from '@latchkey/options'
import { initOAuth, type InitOAuth, uiConfig, type UiConfig } from './ui-options.ts'

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

/** The options with their defaults. */
export type ResolvedOptions = { readonly [Name in keyof OpenapiOptions]-?: OpenapiOptions[Name] | undefined }

const schema = pluginOptions({
  openapi: optional(must<NonNullable<OpenapiOptions['openapi']>>('be an OpenAPI document', isRecord)),
  transform: optional(aFunction<SwaggerTransform>()),
  transformObject: optional(aFunction<SwaggerTransformObject>()),
  ui: optional(must('be a path that begins with a slash and does not end with one, such as /docs', isRoutePath)),
  uiInProduction: optional(flag, false),
  access: optional(must('be a rule of @latchkey/guard, such as authenticated', isAccessRule)),
  uiConfig: optional(uiConfig),
  initOAuth: optional(initOAuth)
})

/**
 * Checks the options and adds the defaults.
 *
 * @throws RegistrationError naming the option and the fix
 */
export function resolveOptions(given: OpenapiOptions): ResolvedOptions {
  return checkOptions('@latchkey/openapi', schema, given)
}
