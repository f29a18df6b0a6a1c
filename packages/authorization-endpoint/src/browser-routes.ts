import formbody from '@fastify/formbody'
import { everyone } from '@latchkey/guard'
import { loggedWithoutQuery, otherMethods } from '@latchkey/guard/plugin'
import { PAGE_HEADERS } from '@latchkey/pages'
import type { FastifyContextConfig, FastifyInstance, FastifyRequest, RouteShorthandOptions } from 'fastify'
import { errorAnswer } from './error-answer.ts'
import { AuthorizationPageError } from './errors.ts'
import type { RenderPage } from './pages.ts'

// The endpoint has no login of its own, and must show its pages to anonymous browsers, under any rules of the application.
const config: FastifyContextConfig = { access: everyone, otherRules: 'ignored' }

type BrowserRoute = Pick<RouteShorthandOptions, 'config' | 'exposeHeadRoute' | 'bodyLimit' | 'logSerializers'> & {
  readonly schema: object
}

/** The options of a route for browsers. */
export const browserRoute: BrowserRoute = {
  config,
  exposeHeadRoute: false,
  bodyLimit: 16 * 1024,
  // The query has states, challenges and user codes.
  logSerializers: { req: loggedWithoutQuery },
  schema: { hide: true }
}

/** Prepares a context of its own for routes for browsers: its parsers, error handler and headers affect no other route. */
export async function prepareForBrowsers(child: FastifyInstance, render: RenderPage | undefined): Promise<void> {
  child.removeAllContentTypeParsers()
  // A plain object would hide a repeated parameter. Cast: the type asks for one.
  await child.register(formbody, { parser: (text: string) => new URLSearchParams(text) as never })
  child.setErrorHandler(errorAnswer(render))
  child.addHook('onRequest', async (_request, reply) => void reply.headers(PAGE_HEADERS))
}

/** Refuses all methods at a URL but a few. */
export function refuseOtherMethods(child: FastifyInstance, url: string, allowed: readonly string[]): void {
  const others = otherMethods(
    child,
    allowed,
    () =>
      new AuthorizationPageError(({ methodNotAllowed }) => methodNotAllowed({ methods: allowed }), { statusCode: 405 })
  )
  child.route({ ...browserRoute, url, ...others })
}

/** Returns the parameters of the query, also those that are repeated. */
export function queryOf({ originalUrl }: FastifyRequest): URLSearchParams {
  const at = originalUrl.indexOf('?')
  return new URLSearchParams(at === -1 ? '' : originalUrl.slice(at + 1))
}

/** Returns the parameters of the form; none if the body is no form. */
export function formOf({ body }: FastifyRequest): URLSearchParams {
  return body instanceof URLSearchParams ? body : new URLSearchParams()
}
