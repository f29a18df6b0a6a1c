import { answerStatus, redactedError, retryHeaders, tellingOf } from '@latchkey/guard/plugin'
import { addVary, type AuthorizationTexts, english, PAGE_HEADERS, textsFor, wantsPage } from '@latchkey/pages'
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import { AuthorizationPageError } from './errors.ts'
import { tellAuthorization } from './events.ts'
import { type RenderPage, sendAuthorizationPage, type WayBack } from './pages.ts'
import { sourceOf } from './request/redirect-uri.ts'

/**
 * Creates the error handler of the routes for browsers: a page with the next step, or JSON to clients that do not accept HTML.
 * Nothing of the request is in it. Internal details go to the log only.
 */
export function errorAnswer(
  render: RenderPage | undefined
): (error: FastifyError, request: FastifyRequest, reply: FastifyReply) => void {
  return (error, request, reply) => {
    const statusCode = answerStatus(error)
    const code = codeFor(statusCode)
    const details = (): object => ({ err: redactedError(error, []) })
    tellAuthorization(
      { kind: 'refused', clientId: null, code, statusCode },
      { log: request.log, details, ...tellingOf(statusCode, 'An authorization request') }
    )
    addVary(reply, 'Accept')
    reply.code(statusCode).headers({ ...PAGE_HEADERS, ...retryHeaders(reply, statusCode, error) })
    const messageIn = (texts: AuthorizationTexts): string =>
      error instanceof AuthorizationPageError ? error.messageIn(texts) : messageFor(statusCode, texts)
    if (wantsPage(request)) {
      const back = error instanceof AuthorizationPageError ? error.back : null
      sendFault(reply, messageIn(textsFor(request).authorization), back, render)
    } else reply.send({ error: code, error_description: messageIn(english.authorization) })
  }
}

function sendFault(
  reply: FastifyReply,
  message: string,
  back: WayBack | null,
  render: RenderPage | undefined
): FastifyReply {
  if (back === null) return sendAuthorizationPage(reply, { kind: 'fault', message }, render)
  const formTargets = back.fields === null ? [] : [sourceOf(back.url)]
  return sendAuthorizationPage(reply, { kind: 'fault', message, back }, render, formTargets)
}

/** Returns the error code for a status. */
export function codeFor(status: number): string {
  if (status === 500) return 'server_error'
  return status === 503 || status === 429 ? 'temporarily_unavailable' : 'invalid_request'
}

function messageFor(status: number, { fault }: AuthorizationTexts): string {
  if (status === 500) return fault.serverError
  if (status === 503) return fault.unavailable
  return status === 429 ? fault.tooManyRequests : fault.invalidRequest
}
