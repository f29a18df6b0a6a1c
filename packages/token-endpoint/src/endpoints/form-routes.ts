import { loggedWithoutQuery, noAuthentication, protocolRoute, sendProtocolAnswer } from '@latchkey/guard'
import type { FastifyContextConfig, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { answerError } from './error-answer.ts'
import { TokenError } from '../errors.ts'
import { type Form, formOf, readForm } from './form.ts'
import { NEVER_STORED } from './never-stored.ts'

/** An endpoint that clients post forms to. */
export interface FormRoute {
  readonly url: string
  /** How OpenAPI documents it. Nothing is validated by it. */
  readonly schema: object
  /** What is sent as JSON; `undefined` for an answer without a body. */
  readonly answer: (request: FastifyRequest, form: Form) => Promise<object | undefined>
}

/**
 * Adds endpoints for clients to a context of their own, whose parsers, error handler and headers nobody else sees.
 *
 * @see [RFC 6749 §3.2](https://www.rfc-editor.org/rfc/rfc6749#section-3.2)
 */
export async function addFormRoutes(child: FastifyInstance, routes: readonly FormRoute[]): Promise<void> {
  child.removeAllContentTypeParsers()
  // The form is read already: see readForm().
  child.addContentTypeParser('*', async (request: FastifyRequest) => void request.raw.resume())
  child.setErrorHandler(answerError)
  child.addHook('onSend', neverStore)
  for (const route of routes) addFormRoute(child, route)
}

function addFormRoute(child: FastifyInstance, { url, schema, answer }: FormRoute): void {
  protocolRoute(child, {
    method: 'POST',
    url,
    config,
    logSerializers,
    onRequest: readForm,
    documentation: schema,
    errorHandler: answerError,
    handler: async (request, reply) => {
      const body = (await answer(request, formOf(request)).catch(rethrow)) ?? null
      return sendProtocolAnswer(reply, { headers: NEVER_STORED, body })
    }
  })

  protocolRoute(child, {
    method: child.supportedMethods.filter((method) => method !== 'POST'),
    url,
    config,
    logSerializers,
    onRequest: refuseMethod,
    errorHandler: answerError,
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

async function neverStore(_request: FastifyRequest, reply: FastifyReply): Promise<void> {
  reply.headers(NEVER_STORED)
}

async function refuseMethod(_request: FastifyRequest, reply: FastifyReply): Promise<void> {
  reply.header('allow', 'POST')
  throw new TokenError('invalid_request', 'This endpoint answers POST requests only', { statusCode: 405 })
}
