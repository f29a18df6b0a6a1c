import formbody from '@fastify/formbody'
import { everyone } from '@latchkey/guard'
import { loggedWithoutQuery } from '@latchkey/guard/plugin'
import { PAGE_HEADERS } from '@latchkey/pages'
import type { FastifyContextConfig, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { authorize, type AuthorizeDependencies, continueRequest, decide } from './authorize.ts'
import { errorAnswer } from './error-answer.ts'
import { AuthorizationPageError } from './errors.ts'
import { readParameters } from './request/parameters.ts'

const LARGEST_FORM = 16 * 1024

/** Adds the routes for browsers to a context of their own, so that its parsers, error handler and headers affect no other route. */
export async function addRoutes(
  child: FastifyInstance,
  path: string,
  dependencies: AuthorizeDependencies
): Promise<void> {
  child.removeAllContentTypeParsers()
  // A plain object would hide a repeated parameter. Cast: the type asks for one.
  await child.register(formbody, { parser: (text: string) => new URLSearchParams(text) as never })
  child.setErrorHandler(errorAnswer(dependencies.render))
  child.addHook('onRequest', async (_request, reply) => void reply.headers(PAGE_HEADERS))

  child.get(path, route, async (request, reply) =>
    authorize(readParameters(queryOf(request)), request, reply, dependencies)
  )
  child.post(path, { ...route, bodyLimit: LARGEST_FORM }, async (request, reply) =>
    authorize(readParameters(formOf(request)), request, reply, dependencies)
  )
  const continuing = `${path}/continue`
  child.get(continuing, route, async (request, reply) =>
    continueRequest(idIn(queryOf(request)), request, reply, dependencies)
  )
  child.post(continuing, { ...route, bodyLimit: LARGEST_FORM }, async (request, reply) => {
    const form = formOf(request)
    return decide(idIn(form), form.get('decision'), request, reply, dependencies)
  })
  for (const url of [path, continuing]) refuseOthers(url)

  // Fastify's own 404 would log the query and send it back.
  function refuseOthers(url: string): void {
    const method = child.supportedMethods.filter((name) => name !== 'GET' && name !== 'POST')
    const refuse = async (_request: FastifyRequest, reply: FastifyReply): Promise<never> => {
      reply.header('allow', 'GET, POST')
      throw new AuthorizationPageError('This address answers GET and POST requests only.', { statusCode: 405 })
    }
    child.route({ ...route, method, url, onRequest: refuse, handler: refuse })
  }
}

// The endpoint signs nobody in, and must show its pages to anonymous browsers, under any rules of the application.
const config: FastifyContextConfig = { access: everyone, otherRules: 'ignored' }

const route = {
  config,
  exposeHeadRoute: false,
  // The query has states and challenges.
  logSerializers: { req: loggedWithoutQuery },
  schema: { hide: true } as object
}

function queryOf({ originalUrl }: FastifyRequest): URLSearchParams {
  const at = originalUrl.indexOf('?')
  return new URLSearchParams(at === -1 ? '' : originalUrl.slice(at + 1))
}

function formOf({ body }: FastifyRequest): URLSearchParams {
  return body instanceof URLSearchParams ? body : new URLSearchParams()
}

function idIn(parameters: URLSearchParams): string {
  return parameters.get('id') ?? ''
}
