import type { SwaggerTransform } from '@fastify/swagger'
import type { Guard } from '@latchkey/guard'
import { RegistrationError } from '@latchkey/options'
import type { FastifyInstance, RouteOptions } from 'fastify'
import { withRefusals } from './refusals.ts'
import { type NamedScheme, securityRequirements } from './security-requirements.ts'

type Input = Parameters<SwaggerTransform>[0]
type Output = ReturnType<SwaggerTransform>
type Document = Extract<Input, { openapiObject: object }>['openapiObject']

/** The origin of a documented route: its options, by which the guard finds it, and its context, whose guard protects it. */
interface Origin {
  readonly options: RouteOptions
  readonly context: FastifyInstance
}

// Stored in the options object itself, because @fastify/swagger documents a copy of some HEAD routes.
const ORIGIN = Symbol('@latchkey/openapi origin')

/**
 * Makes the `transform` for an `@fastify/swagger` that the application registers itself. It writes the guard's security schemes
 * into the document, and adds `security` and the 401 and 403 responses to every guarded route.
 *
 * The guard's rule replaces a route's own `schema.security`, and a scheme of the same name in the document. Routes without a
 * guard stay unchanged. Does not see routes that were declared before the call.
 *
 * @param app - the context in which `@fastify/swagger` is registered
 * @param transform - the application's own transform, which runs first
 * @throws RegistrationError when the document is made, if `@fastify/swagger` was registered without `openapi`
 *
 * @example
 * ```ts
 * await app.register(swagger, { openapi: { info }, transform: accessTransform(app) })
 * ```
 */
export function accessTransform(app: FastifyInstance, transform?: SwaggerTransform): SwaggerTransform {
  app.addHook('onRoute', function (options) {
    Object.assign(options, { [ORIGIN]: { options, context: this } satisfies Origin })
    const own = options.config?.swaggerTransform
    // @fastify/swagger calls a route's own transform instead of the document's, so this transform wraps it.
    if (own !== undefined) options.config = { ...options.config, swaggerTransform: (input) => transformed(input, own) }
  })
  return (input) => transformed(input, transform)
}

function transformed(input: Input, transform: SwaggerTransform | false | undefined): Output {
  const { schema, url } = transform ? transform(input) : input
  // Cast: only this file writes the symbol.
  const origin = (input.route as RouteOptions & { [ORIGIN]?: Origin })[ORIGIN]
  if (!origin?.context.hasDecorator('guard')) return { schema, url }

  const { guard } = origin.context
  const document = openapiDocument(input)
  const schemes = addSchemes(document, guard)
  const rule = guard.route(origin.options)?.rule ?? null
  if (rule === null) return { schema, url }

  // Without a scheme, `security` would be an empty list, which means "public".
  const security = schemes.length > 0 && { security: securityRequirements(rule, schemes, String(document.openapi)) }
  return { url, schema: { ...schema, ...security, response: withRefusals(schema, rule) } }
}

function openapiDocument(input: Input): Document {
  if ('openapiObject' in input) return input.openapiObject
  throw new RegistrationError(
    '@fastify/swagger',
    'openapi must be set: a Swagger 2.0 document cannot express the rules of the guard'
  )
}

function addSchemes(document: Document, guard: Guard): NamedScheme[] {
  const definitions = guard.securitySchemes().map((scheme) => [scheme.name, scheme.definition()] as const)
  document.components = {
    ...document.components,
    securitySchemes: { ...document.components?.securitySchemes, ...Object.fromEntries(definitions) }
  }
  return definitions.map(([name, { type }]) => ({ name, type }))
}
