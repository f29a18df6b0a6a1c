import type { FastifySwaggerInitOAuthOptions, FastifySwaggerUiConfigOptions } from '@fastify/swagger-ui'
import { isRecord, must, type Schema } from '@latchkey/options'

const DISPLAY = [
  'deepLinking',
  'defaultModelExpandDepth',
  'defaultModelRendering',
  'defaultModelsExpandDepth',
  'displayOperationId',
  'displayRequestDuration',
  'docExpansion',
  'filter',
  'operationsSorter',
  'showCommonExtensions',
  'showExtensions',
  'supportedSubmitMethods',
  'tagsSorter',
  'tryItOutEnabled'
] as const

const OAUTH = ['additionalQueryStringParams', 'appName', 'clientId', 'scopes'] as const

/**
 * The display settings of Swagger UI. Settings that load another document, keep credentials in the browser or run their own
 * code in the page are not included.
 *
 * @see [Swagger UI configuration](https://swagger.io/docs/open-source-tools/swagger-ui/usage/configuration/)
 */
export type UiConfig = Pick<FastifySwaggerUiConfigOptions, (typeof DISPLAY)[number]>

/**
 * The initial values of the Authorize dialog: the client's id, and the selected scopes. The page is a public client: it has no
 * secret, and PKCE is always on.
 *
 * @example const initOAuth: InitOAuth = { clientId: 'docs', scopes: 'items:read' }
 */
export type InitOAuth = Pick<FastifySwaggerInitOAuthOptions, (typeof OAUTH)[number]>

/** The schema of the option `uiConfig`. */
export const uiConfig: Schema<UiConfig> = must(`be an object that has only ${DISPLAY.join(', ')}`, (value) =>
  hasOnly(value, DISPLAY)
)

/** The schema of the option `initOAuth`. */
export const initOAuth: Schema<InitOAuth> = must(
  `be an object that has only ${OAUTH.join(', ')}, and no client secret: the page is public`,
  (value) => hasOnly(value, OAUTH) && !/"client_?secret"/i.test(JSON.stringify(value))
)

function hasOnly(value: unknown, names: readonly string[]): boolean {
  return isRecord(value) && Object.keys(value).every((name) => names.includes(name))
}
