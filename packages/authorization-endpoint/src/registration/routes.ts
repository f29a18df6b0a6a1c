import { noAuthentication } from '@latchkey/guard'
import { loggedWithoutQuery, NEVER_STORED, otherMethods, protocolRoute } from '@latchkey/guard/plugin'
import type { FastifyContextConfig, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { ClientMetadataError } from '../errors.ts'
import { answerError } from './error-answer.ts'

/** Answers a request. */
export type Handler = (request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply>

/** A path of the registration endpoint. */
export interface RegistrationPath {
  readonly url: string
  /** The handlers by method. Other methods get 405. */
  readonly handlers: Readonly<Record<string, Handler>>
  /** Runs before the body is read. Default: nothing. */
  readonly onRequest?: (request: FastifyRequest, reply: FastifyReply) => Promise<void>
}

/** Adds the registration endpoint to a context of its own, so that its parsers and error handler affect no other route. */
export async function addRoutes(
  child: FastifyInstance,
  paths: readonly RegistrationPath[],
  isOpenToOtherOrigins: () => boolean
): Promise<void> {
  child.removeAllContentTypeParsers()
  // The body of a registration has been read by then.
  child.addContentTypeParser('*', async ({ raw }: FastifyRequest) => void raw.resume())
  child.setErrorHandler(answerError)
  child.addHook('onSend', async (_request, reply) => void reply.headers(NEVER_STORED))
  for (const path of paths) addPath(path)

  function addPath({ url, handlers, onRequest }: RegistrationPath): void {
    const route = {
      url,
      config,
      logSerializers,
      errorHandler: answerError,
      exposeHeadRoute: false,
      isOpenToOtherOrigins
    }
    const allowed = Object.keys(handlers)
    const others = otherMethods(child, allowed, notAllowed)
    // First, because a GET route would add an OPTIONS route of its own.
    protocolRoute(child, { ...route, ...others })
    for (const [method, handler] of Object.entries(handlers)) {
      protocolRoute(child, { ...route, method: method, handler, ...(onRequest && { onRequest }) })
    }
  }
}

function notAllowed(): ClientMetadataError {
  return new ClientMetadataError('invalid_client_metadata', 'This address does not answer the method', 405)
}

// The endpoint is open to strangers, or has tokens of its own. Other credentials in the request are ignored.
const config: FastifyContextConfig = { access: noAuthentication, otherRules: 'ignored' }

// The query is not logged: it may contain a token by mistake.
const logSerializers = { req: loggedWithoutQuery }
