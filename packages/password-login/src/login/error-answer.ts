import { redactedError, sendProtocolAnswer, type Telling } from '@latchkey/guard/plugin'
import { PAGE_HEADERS, wantsPage } from '@latchkey/pages'
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import { PasswordLoginError, type PasswordLoginErrorCode } from '../errors.ts'
import { type PasswordRequestEvent, tellFailure } from '../events.ts'
import { type Asked, isJson, secretsIn, typedIn } from './credentials.ts'
import { failureFor, isOfAttempt } from './failure.ts'
import type { FailedForm } from './form.ts'

/** Sends the login page with the form of an attempt that failed. */
export type ShowAgain = (reply: FastifyReply, asked: Asked, failed: FailedForm) => FastifyReply

const EVENTS: Readonly<Record<PasswordLoginErrorCode, PasswordRequestEvent['code']>> = {
  invalid_credentials: 'error', // not used: an attempt publishes it
  invalid_request: 'malformed',
  cross_site_request: 'cross_site_request',
  method_not_allowed: 'malformed',
  too_many_attempts: 'throttled',
  temporarily_unavailable: 'unavailable',
  server_error: 'error'
}

/**
 * Creates the error handler of the login's route. It sends the page with the form again, or JSON to programs. The private detail
 * of an error goes to the log only.
 */
export function errorAnswer(
  showAgain: ShowAgain
): (error: FastifyError, request: FastifyRequest, reply: FastifyReply) => void {
  return (error, request, reply) => {
    const failure = error instanceof PasswordLoginError ? error : failureFor(error)
    const { error: code, statusCode, message, retryAfter, field } = failure
    report(failure, request)
    if (statusCode === 429 || statusCode === 503) reply.header('retry-after', retryAfter)
    const vary = [reply.getHeader('vary') ?? [], 'Accept'].flat().join(', ')
    // When an earlier onRequest hook refuses the request, these headers are not set yet.
    reply.code(statusCode).headers({ ...PAGE_HEADERS, vary })
    if (isJson(request) || !wantsPage(request)) {
      sendProtocolAnswer(reply, { statusCode, body: { error: code, error_description: message } })
      return
    }
    const { username, isRemembered, asked } = typedIn(request)
    showAgain(reply, asked, { message, field, isWrong: code === 'invalid_credentials', username, isRemembered })
  }
}

function report(failure: PasswordLoginError, request: FastifyRequest): void {
  const { log } = request
  const { statusCode } = failure
  const details = (): object => ({ err: redactedError(failure, secretsIn(request)) })
  const { level = 'info', message } = lineFor(statusCode)
  // An attempt has published its event, which does not contain the error.
  if (!isOfAttempt(failure)) tellFailure(EVENTS[failure.error], { log, level, message, details })
  else if (statusCode >= 500) log[level](details(), message)
}

function lineFor(statusCode: number): Pick<Telling, 'level' | 'message'> {
  if (statusCode === 500) return { level: 'error', message: 'A login with a password failed' }
  if (statusCode === 503) return { level: 'warn', message: 'A login with a password could not be answered' }
  return { message: 'A login with a password was refused' }
}
