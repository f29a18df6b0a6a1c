import type {
  FastifyContextConfig,
  FastifyInstance,
  FastifyReply,
  FastifyRequest,
  HTTPMethods,
  onRequestAsyncHookHandler,
  RouteHandlerMethod,
  RouteOptions
} from 'fastify'
import { forget, putBack } from './answer.ts'
import { pathIn } from '../path-in.ts'
import { isPreflight, openToOtherOrigins } from './other-origins.ts'

/** A route whose requests and answers a protocol defines, such as a token endpoint. */
export interface ProtocolRoute {
  readonly method: HTTPMethods | readonly HTTPMethods[]
  readonly url: string
  readonly config?: FastifyContextConfig
  /** The route's `schema` in an OpenAPI document. It validates and serializes nothing. Default: the route is left out. */
  readonly documentation?: object
  /** Runs after all `onRequest` hooks of the application, and before any `preParsing` hook. */
  readonly onRequest?: onRequestAsyncHookHandler
  /** Answers with `sendProtocolAnswer()`. */
  readonly handler: RouteHandlerMethod
  /** Answers errors, including those of hooks, with `sendProtocolAnswer()`. Default: the error handler of the context. */
  readonly errorHandler?: RouteOptions['errorHandler']
  // Not the type of Fastify: a route has the member since 5.12.8 only.
  readonly logSerializers?: { readonly req: (request: FastifyRequest) => unknown }
  /** Whether the route also answers HEAD. Default: the server's setting. */
  readonly exposeHeadRoute?: boolean
  /**
   * Returns whether scripts of every origin may call the endpoint and read its answers, without cookies (CORS). Called for each
   * request. An OPTIONS route with this member answers preflight requests. A GET route that is open when it is declared gets
   * one; {@link addPreflightRoute} adds it later. Default: no.
   */
  readonly isOpenToOtherOrigins?: () => boolean
}

const PROTOCOL = Symbol('@latchkey/guard protocol route')

interface ProtocolConfig extends FastifyContextConfig {
  readonly [PROTOCOL]: ProtocolRoute
  /** `@fastify/swagger` calls this instead of the application's own transform. */
  readonly swaggerTransform: (route: { url: string }) => { schema: object; url: string }
}

const HIDDEN: object = Object.freeze({ hide: true })
// The settings by which the application may read or write a payload.
const OF_THE_APPLICATION = ['schema', 'validatorCompiler', 'serializerCompiler', 'schemaErrorFormatter'] as const

/**
 * Declares a route that the application's schemas, compilers, serializers and OpenAPI transforms do not affect. If the route
 * has an error handler, the application's does not affect it either. Hooks of the application run: they may refuse a request
 * and add headers. They do not change an answer of {@link sendProtocolAnswer}. For authors of plugins.
 *
 * @example
 * ```ts
 * protocolRoute(app, {
 *   method: 'GET',
 *   url: '/jwks',
 *   config: { access: noAuthentication },
 *   handler: async (_request, reply) => sendProtocolAnswer(reply, { body: { keys } })
 * })
 * ```
 */
export function protocolRoute(context: FastifyInstance, route: ProtocolRoute): void {
  const { method, url, documentation = HIDDEN, handler, errorHandler, logSerializers, exposeHeadRoute } = route
  const config: ProtocolConfig = {
    ...route.config,
    [PROTOCOL]: route,
    swaggerTransform: ({ url }) => ({ schema: documentation, url })
  }
  // The last onRoute hook of this route: hooks that other plugins add to the route run before its own.
  context.addHook('onRoute', settle)
  context.route({
    method: typeof method === 'string' ? method : [...method],
    url,
    config,
    handler,
    ...(errorHandler && { errorHandler }),
    ...(logSerializers && { logSerializers }),
    ...(exposeHeadRoute !== undefined && { exposeHeadRoute })
  })
  if (method === 'GET' && route.isOpenToOtherOrigins?.()) addPreflightRoute(context, route)
}

/**
 * Adds the OPTIONS route that answers the preflight requests of browsers beside a GET route, for an endpoint that is opened
 * after its route was declared. While an endpoint is closed, the server must not have this route: it would hide a general
 * OPTIONS route of the application. Does nothing if the server has an OPTIONS route with this URL. For authors of plugins.
 */
export function addPreflightRoute(
  context: FastifyInstance,
  { documentation: _documentation, ...route }: ProtocolRoute
): void {
  if (context.hasRoute({ method: 'OPTIONS', url: pathIn(context, route.url) })) return
  protocolRoute(context, { ...route, method: 'OPTIONS', handler: (_request, reply) => reply.callNotFound() })
}

/** Whether a route was declared by {@link protocolRoute}. */
export function isProtocolRoute({ config }: RouteOptions): boolean {
  return config !== undefined && PROTOCOL in config
}

/**
 * Lets the route of another plugin answer with `sendProtocolAnswer()`. Call it in the last `onRoute` hook of the route. Its
 * schema stays.
 */
export function answerAsProtocol(options: RouteOptions, handler: RouteHandlerMethod): void {
  options.handler = handler
  addLastHooks(options)
}

function settle(options: RouteOptions): void {
  const own = (options.config as Partial<ProtocolConfig> | undefined)?.[PROTOCOL]
  if (own === undefined) return
  for (const name of OF_THE_APPLICATION) Reflect.deleteProperty(options, name)
  if (own.errorHandler) options.errorHandler = own.errorHandler
  if (own.onRequest) options.onRequest = last(options.onRequest, own.onRequest)
  addLastHooks(options)
  if (own.isOpenToOtherOrigins === undefined) return
  options.onRequest = first(options.onRequest, meetOtherOrigins)
  options.onSend = last(options.onSend, stayOpen)
}

function addLastHooks(options: RouteOptions): void {
  options.onSend = last(options.onSend, putBack)
  options.onError = last(options.onError, forget)
}

/** An `onRequest` hook of an endpoint that can be open to other origins. */
async function meetOtherOrigins(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply | undefined> {
  if (!isOpenToOtherOrigins(request)) return undefined
  openToOtherOrigins(request, reply)
  return isPreflight(request) ? reply.code(204).send() : undefined
}

/** An `onSend` hook: a hook of the application may have set other headers, or have answered before {@link meetOtherOrigins}. */
async function stayOpen(request: FastifyRequest, reply: FastifyReply): Promise<void> {
  if (isOpenToOtherOrigins(request)) openToOtherOrigins(request, reply)
}

function isOpenToOtherOrigins({ routeOptions }: FastifyRequest): boolean {
  const { [PROTOCOL]: own } = routeOptions.config as { readonly [PROTOCOL]?: ProtocolRoute }
  return own?.isOpenToOtherOrigins?.() === true
}

/** Returns a route's hooks with one of them at the beginning, once. */
function first<Hook>(hooks: Hook | Hook[] | undefined, own: Hook): Hook[] {
  return [own, ...[hooks ?? []].flat().filter((hook) => hook !== own)] as Hook[] // flat() loses the type of functions
}

/** Returns a route's hooks with one of them at the end, once. */
function last<Hook>(hooks: Hook | Hook[] | undefined, own: Hook): Hook[] {
  return [...[hooks ?? []].flat().filter((hook) => hook !== own), own] as Hook[] // flat() loses the type of functions
}
