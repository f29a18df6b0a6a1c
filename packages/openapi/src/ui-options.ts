import type { FastifySwaggerInitOAuthOptions, FastifySwaggerUiConfigOptions } from '@fastify/swagger-ui'

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

/** Returns what is wrong with `uiConfig`, or `undefined`. */
export function checkUiConfig(value: unknown): string | undefined {
  return checkNames(value, DISPLAY)
}

/** Returns what is wrong with `initOAuth`, or `undefined`. */
export function checkInitOAuth(value: unknown): string | undefined {
  const fault = checkNames(value, OAUTH)
  if (fault === undefined && !/"client_?secret"/i.test(JSON.stringify(value))) return undefined
  return `${fault ?? 'must be free of secrets'}: the page is public, and a client secret in it is everybody's`
}

function checkNames(value: unknown, names: readonly string[]): string | undefined {
  const known = new Set(names)
  const wellFormed = typeof value === 'object' && value !== null && Object.keys(value).every((name) => known.has(name))
  return wellFormed ? undefined : `must be an object that holds nothing but ${names.join(', ')}`
}
