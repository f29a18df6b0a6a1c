import { noAuthentication } from '@latchkey/guard'
import {
  isUnavailable,
  loggedWithoutQuery,
  NEVER_STORED,
  otherMethods,
  protocolRoute,
  sendProtocolAnswer
} from '@latchkey/guard/plugin'
import type { FastifyContextConfig, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { answerError } from './error-answer.ts'
import { TokenError } from '../errors.ts'
import { type Form, formOf, readForm } from './form.ts'

/** An endpoint that accepts forms by POST. */
export interface FormRoute {
  readonly url: string
  /** The documentation for OpenAPI. Not used for validation. */
  readonly schema: object
  /** The status of a successful answer. Default: 200. */
  readonly statusCode?: number
  /** Whether scripts of every origin may call the endpoint. Default: no. */
  readonly isOpenToOtherOrigins?: () => boolean
  /** Returns the body to send as JSON; `undefined` for an answer without a body. */
  readonly answer: (request: FastifyRequest, form: Form) => Promise<object | undefined>
}

/**
 * Adds form endpoints to a context of their own. Its parsers, error handler and headers do not affect other routes.
 *
 * @see [RFC 6749 §3.2](https://www.rfc-editor.org/rfc/rfc6749#section-3.2)
 */
export async function addFormRoutes(child: FastifyInstance, routes: readonly FormRoute[]): Promise<void> {
  child.removeAllContentTypeParsers()
  // readForm() has read the body already.
  child.addContentTypeParser('*', async (request: FastifyRequest) => void request.raw.resume())
  child.setErrorHandler(answerError)
  child.addHook('onSend', neverStore)
  for (const route of routes) addFormRoute(child, route)
}

function addFormRoute(
  child: FastifyInstance,
  { url, schema, statusCode = 200, isOpenToOtherOrigins, answer }: FormRoute
): void {
  const ofBoth = {
    url,
    config,
    logSerializers,
    errorHandler: answerError,
    ...(isOpenToOtherOrigins && { isOpenToOtherOrigins })
  }
  protocolRoute(child, {
    ...ofBoth,
    method: 'POST',
    onRequest: readForm,
    documentation: schema,
    handler: async (request, reply) => {
      const body = (await answer(request, formOf(request)).catch(rethrow)) ?? null
      return sendProtocolAnswer(reply, { statusCode, headers: NEVER_STORED, body })
    }
  })

  protocolRoute(child, { ...ofBoth, ...otherMethods(child, ['POST'], notAllowed) })
}

// Ignore statusCode on foreign errors, except 503.
function rethrow(error: unknown): never {
  if (error instanceof TokenError || isUnavailable(error)) throw error
  throw new TokenError('server_error', 'The server failed to answer', { cause: error })
}

// Clients authenticate in the form or by Basic. Other credentials in the request are ignored.
const config: FastifyContextConfig = { access: noAuthentication, otherRules: 'ignored' }

// The query is not logged: it may contain a password by mistake.
const logSerializers = { req: loggedWithoutQuery }

async function neverStore(_request: FastifyRequest, reply: FastifyReply): Promise<void> {
  reply.headers(NEVER_STORED)
}

function notAllowed(): TokenError {
  return new TokenError('invalid_request', 'This endpoint answers POST requests only', { statusCode: 405 })
}
