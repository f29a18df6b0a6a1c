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
 * How Swagger UI shows the document. Nothing here loads another document, keeps credentials in the browser or runs code
 * of its own in the page: settings of Swagger UI that do are not among these.
 *
 * @see [Swagger UI configuration](https://swagger.io/docs/open-source-tools/swagger-ui/usage/configuration/)
 */
export type UiConfig = Pick<FastifySwaggerUiConfigOptions, (typeof DISPLAY)[number]>

/**
 * What the Authorize dialog is filled in with: the client's id, and the scopes that are ticked. The page is public and a
 * public client: it has no secret, and PKCE is always on.
 */
export type InitOAuth = Pick<FastifySwaggerInitOAuthOptions, (typeof OAUTH)[number]>

/** What is wrong with `uiConfig`, if anything. */
export function checkUiConfig(value: unknown): string | undefined {
  return checkNames(value, DISPLAY)
}

/** What is wrong with `initOAuth`, if anything. */
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
