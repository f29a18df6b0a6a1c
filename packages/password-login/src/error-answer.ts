import { redactedError, retryHeaders, sendProtocolAnswer, tellingOf } from '@latchkey/guard/plugin'
import { addVary, PAGE_HEADERS, wantsPage } from '@latchkey/pages'
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import { isJson, secretsIn } from './body.ts'
import { KINDS, PasswordLoginError } from './errors.ts'
import { tellFailure } from './events.ts'
import { failureFor, isOfAttempt } from './failure.ts'
import type { FormFault } from './form/field.ts'

/** Sends the page of a form again, with its fault. */
type ShowAgain = (request: FastifyRequest, reply: FastifyReply, fault: FormFault) => FastifyReply

type ErrorHandler = (error: FastifyError, request: FastifyRequest, reply: FastifyReply) => void

/**
 * Creates the error handler of a form's routes. It sends the page with the form again, or JSON to programs. The private detail
 * of an error goes to the log only.
 */
export function errorAnswer(showAgain: ShowAgain): ErrorHandler {
  return (error, request, reply) => {
    const failure = error instanceof PasswordLoginError ? error : failureFor(error)
    const { error: code, statusCode, message } = failure
    report(failure, request)
    addVary(reply, 'Accept')
    // When an earlier onRequest hook refuses the request, these headers are not set yet.
    reply.code(statusCode).headers({ ...PAGE_HEADERS, ...retryHeaders(reply, statusCode, failure) })
    if (isJson(request) || !wantsPage(request)) {
      sendProtocolAnswer(reply, { statusCode, body: { error: code, error_description: message } })
      return
    }
    showAgain(request, reply, failure)
  }
}

function report(failure: PasswordLoginError, request: FastifyRequest): void {
  const { log } = request
  const { statusCode } = failure
  const details = (): object => ({ err: redactedError(failure, secretsIn(request)) })
  const { level = 'info', message } = tellingOf(statusCode, 'A login with a password')
  // An attempt has published its event, which does not contain the error.
  if (!isOfAttempt(failure)) tellFailure(KINDS[failure.error].event, { log, level, message, details })
  else if (statusCode >= 500) log[level](details(), message)
}
