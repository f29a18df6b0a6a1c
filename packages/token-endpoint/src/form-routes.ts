import formbody from '@fastify/formbody'
import { loggedWithoutQuery, noAuthentication } from '@latchkey/guard'
import type { FastifyContextConfig, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { answerError } from './error-answer.ts'
import { TokenError } from './errors.ts'
import { type Form, LARGEST_FORM, parseForm, requireForm } from './form.ts'

/** An endpoint that clients post forms to. */
export interface FormRoute {
  readonly url: string
  /** How OpenAPI documents it. Nothing is validated by it. */
  readonly schema: object
  /** What is sent as JSON; `undefined` for an answer without a body. */
  readonly answer: (request: FastifyRequest<{ Body: Form }>) => Promise<object | undefined>
}

/**
 * Adds endpoints for clients to a context of their own, whose parsers, error handler and headers nobody else sees.
 *
 * @see [RFC 6749 §3.2](https://www.rfc-editor.org/rfc/rfc6749#section-3.2)
 */
export async function addFormRoutes(child: FastifyInstance, routes: readonly FormRoute[]): Promise<void> {
  child.removeAllContentTypeParsers()
  await child.register(formbody, { parser: (body) => ({ ...parseForm(body) }) })
  child.setErrorHandler(answerError)
  child.addHook('onSend', neverStore)
  for (const route of routes) addFormRoute(child, route)
}

function addFormRoute(child: FastifyInstance, { url, schema, answer }: FormRoute): void {
  child.post<{ Body: Form }>(url, {
    config,
    bodyLimit: LARGEST_FORM,
    logSerializers,
    onRequest: requireForm,
    schema,
    // The schema documents; the endpoint itself says what is refused, and how.
    validatorCompiler: () => () => true,
    serializerCompiler: () => JSON.stringify,
    handler: async (request, reply) => reply.send(await answer(request).catch(rethrow))
  })

  child.route({
    method: child.supportedMethods.filter((method) => method !== 'POST'),
    url,
    config,
    logSerializers,
    schema: hidden,
    onRequest: refuseMethod,
    handler: refuseMethod
  })
}

// A status that a library has put on its error, for an answer of its own, says nothing about this request.
function rethrow(error: unknown): never {
  const isOurs =
    error instanceof TokenError || (error instanceof Error && 'statusCode' in error && error.statusCode === 503)
  if (isOurs) throw error
  throw new TokenError('server_error', 'The server failed to answer', { cause: error })
}

// Clients prove themselves in the form or by Basic. Other credentials that ride along mean nothing here.
const config: FastifyContextConfig = { access: noAuthentication, otherRules: 'ignored' }

// Whoever puts a password into the URL by mistake does not find it in the log.
const logSerializers = { req: loggedWithoutQuery }

const hidden: object = { hide: true }

async function neverStore(_request: FastifyRequest, reply: FastifyReply): Promise<void> {
  reply.headers({ 'cache-control': 'no-store', pragma: 'no-cache' })
}

async function refuseMethod(_request: FastifyRequest, reply: FastifyReply): Promise<void> {
  reply.header('allow', 'POST')
  throw new TokenError('invalid_request', 'This endpoint answers POST requests only', { statusCode: 405 })
}
