import formbody from '@fastify/formbody'
import { everyone, neverStored } from '@latchkey/guard'
import { isUnavailable, loggedWithoutQuery, otherMethods } from '@latchkey/guard/plugin'
import { PAGE_HEADERS } from '@latchkey/pages'
import { TokenError } from '@latchkey/token-endpoint'
import type {
  FastifyContextConfig,
  FastifyInstance,
  FastifyReply,
  FastifyRequest,
  FastifySchema,
  RouteOptions
} from 'fastify'
import { errorAnswer } from './error-answer.ts'
import { AuthorizationPageError } from './errors.ts'
import type { RenderPage } from './pages.ts'

// The endpoint has no login of its own, and must show its pages to anonymous browsers, under any rules of the application.
const config: FastifyContextConfig = { access: everyone, otherRules: 'ignored' }

/** The options of a route for browsers. */
const browserRoute: Pick<RouteOptions, 'config' | 'exposeHeadRoute' | 'bodyLimit' | 'logSerializers' | 'schema'> = {
  config,
  exposeHeadRoute: false,
  bodyLimit: 16 * 1024,
  // The query has states, challenges and user codes.
  logSerializers: { req: loggedWithoutQuery },
  schema: { hide: true } as FastifySchema // a member of @fastify/swagger
}

/** Answers a request with these parameters: those of the query of a GET, or of the form of a POST, also repeated ones. */
export type BrowserHandler = (
  sent: URLSearchParams,
  request: FastifyRequest,
  reply: FastifyReply
) => Promise<FastifyReply>

/** Prepares a context of its own for routes for browsers: its parsers, error handler and headers affect no other route. */
export async function prepareForBrowsers(child: FastifyInstance, render: RenderPage | undefined): Promise<void> {
  child.removeAllContentTypeParsers()
  // A plain object would hide a repeated parameter. Cast: the type asks for one.
  await child.register(formbody, { parser: (text: string) => new URLSearchParams(text) as never })
  child.setErrorHandler(errorAnswer(render))
  child.addHook('onRequest', async (_request, reply) => {
    reply.headers(PAGE_HEADERS)
    // Also if a later hook of the application sets another `Cache-Control`: the answers have codes and names of users.
    neverStored(reply)
  })
}

/** Adds the routes of a URL: the given methods, and a refusal of all others. */
export function addBrowserRoutes(
  child: FastifyInstance,
  url: string,
  handlers: { readonly GET?: BrowserHandler; readonly POST: BrowserHandler }
): void {
  for (const [method, handle] of Object.entries(handlers)) {
    const sentIn = method === 'GET' ? queryOf : formOf
    child.route({
      ...browserRoute,
      method,
      url,
      handler: async (request, reply) => handle(sentIn(request), request, reply).catch(rethrow)
    })
  }
  const methods = Object.keys(handlers)
  const notAllowed = (): AuthorizationPageError =>
    new AuthorizationPageError(({ methodNotAllowed }) => methodNotAllowed({ methods }), { statusCode: 405 })
  child.route({ ...browserRoute, url, ...otherMethods(child, methods, notAllowed) })
}

// Ignore statusCode on foreign errors, except 503.
function rethrow(error: unknown): never {
  if (error instanceof AuthorizationPageError || error instanceof TokenError || isUnavailable(error)) throw error
  throw new TokenError('server_error', 'The server failed to answer', { cause: error })
}

function queryOf({ originalUrl }: FastifyRequest): URLSearchParams {
  const at = originalUrl.indexOf('?')
  return new URLSearchParams(at === -1 ? '' : originalUrl.slice(at + 1))
}

// No parameters if the body is no form.
function formOf({ body }: FastifyRequest): URLSearchParams {
  return body instanceof URLSearchParams ? body : new URLSearchParams()
}
