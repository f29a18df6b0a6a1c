import { redactedError, sendProtocolAnswer, type Telling } from '@latchkey/guard/plugin'
import { PAGE_HEADERS, wantsPage } from '@latchkey/pages'
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import { PasswordLoginError } from '../errors.ts'
import { failureOf, tellLogin } from '../events.ts'
import { type Asked, isJson, secretsIn, typedIn } from './credentials.ts'
import type { FailedForm } from './form.ts'

/** Sends the login page with the form of an attempt that failed. */
export type ShowAgain = (reply: FastifyReply, asked: Asked, failed: FailedForm) => FastifyReply

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
    tellLogin(
      { kind: 'failed', code: failureOf(code), subject: null },
      { log: request.log, ...tellingOf(statusCode, error, request) }
    )
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

// Errors of hooks, parsers, stores and the application. Only their status is used, and only where it says whose fault it is.
function failureFor(error: FastifyError & { readonly retryAfter?: unknown }): PasswordLoginError {
  const { statusCode = 500, retryAfter } = error
  const detail = { cause: error, retryAfter: typeof retryAfter === 'number' ? retryAfter : undefined }
  if (statusCode === 429) return new PasswordLoginError('too_many_attempts', detail)
  if (statusCode === 503) return new PasswordLoginError('temporarily_unavailable', detail)
  if (statusCode < 400 || statusCode >= 500) return new PasswordLoginError('server_error', detail)
  const refusal = new PasswordLoginError('invalid_request', detail)
  refusal.statusCode = statusCode
  return refusal
}

function tellingOf(statusCode: number, error: FastifyError, request: FastifyRequest): Omit<Telling, 'log'> {
  const details = (): object => ({ err: redactedError(error, secretsIn(request)) })
  if (statusCode === 500) return { details, level: 'error', message: 'A login with a password failed' }
  if (statusCode === 503) return { details, level: 'warn', message: 'A login with a password could not be answered' }
  return { details, message: 'A login with a password was refused' }
}
