import type { SwaggerTransform } from '@fastify/swagger'
import { type Guard, InvalidOptionError } from '@latchkey/guard'
import type { FastifyInstance, RouteOptions } from 'fastify'
import { withRefusals } from './refusals.ts'
import { type NamedScheme, securityRequirements } from './security-requirements.ts'

type Input = Parameters<SwaggerTransform>[0]
type Output = ReturnType<SwaggerTransform>
type Document = Extract<Input, { openapiObject: object }>['openapiObject']

/** Where a route was declared: the options that the guard knows it by, and the context whose guard protects it. */
interface Origin {
  readonly options: RouteOptions
  readonly context: FastifyInstance
}

// Carried by the options object itself, because @fastify/swagger documents a copy of some HEAD routes.
const ORIGIN = Symbol('@latchkey/openapi origin')

/**
 * The `transform` for an `@fastify/swagger` that the application registers itself: it writes the guard's security
 * schemes into the document and gives every guarded route its `security` and the 401 and 403 responses.
 *
 * ```ts
 * await app.register(swagger, { openapi: { info }, transform: accessTransform(app) })
 * ```
 *
 * What the guard enforces wins over a route's own `schema.security` and over a scheme of the same name in the document.
 * Routes that no guard knows are left alone. Does not see routes that were declared before it was called.
 *
 * @param app - the context in which `@fastify/swagger` is registered
 * @param transform - the application's own transform, which comes first
 * @throws InvalidOptionError when the document is made, if `@fastify/swagger` was registered without `openapi`
 */
export function accessTransform(app: FastifyInstance, transform?: SwaggerTransform): SwaggerTransform {
  app.addHook('onRoute', function (options) {
    Object.assign(options, { [ORIGIN]: { options, context: this } satisfies Origin })
    const own = options.config?.swaggerTransform
    // A route's own transform takes the place of the document's: this one has to stand in it.
    if (own !== undefined) options.config = { ...options.config, swaggerTransform: (input) => transformed(input, own) }
  })
  return (input) => transformed(input, transform)
}

function transformed(input: Input, transform: SwaggerTransform | false | undefined): Output {
  const { schema, url } = transform ? transform(input) : input
  // The symbol is this file's own, and nobody else writes it.
  const origin = (input.route as RouteOptions & { [ORIGIN]?: Origin })[ORIGIN]
  if (!origin?.context.hasDecorator('guard')) return { schema, url }

  const { guard } = origin.context
  const document = openapiDocument(input)
  const schemes = addSchemes(document, guard)
  const rule = guard.route(origin.options)?.rule ?? null
  if (rule === null) return { schema, url }

  // Without a scheme there is no way in to name, and the empty list that is left would read as "public".
  const security = schemes.length > 0 && { security: securityRequirements(rule, schemes, String(document.openapi)) }
  return { url, schema: { ...schema, ...security, response: withRefusals(schema, rule) } }
}

function openapiDocument(input: Input): Document {
  if ('openapiObject' in input) return input.openapiObject
  throw new InvalidOptionError(
    '@fastify/swagger',
    'openapi',
    'must be set: a Swagger 2.0 document cannot say what the guard enforces'
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
