import { addVary, english, PAGE_HEADERS, textsFor, wantsPage } from '@latchkey/pages'
import { answerStatus, retryHeaders, type Telling, tell } from '@latchkey/guard/plugin'
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import { LoginError } from './errors.ts'
import { loginChannel, type ProviderLoginEvent } from './events.ts'
import { only } from './authorization/parameters.ts'
import { type LoginFaultCode, type RenderLoginPage, sendLoginPage } from './pages.ts'

/**
 * Creates the error handler of the login's routes. It sends a page with the next step, or JSON to clients that do not accept
 * HTML. The provider's answer and internal details go to the log only.
 *
 * @param restart - the URL where a login begins
 * @param providerOf - returns the name of the registered provider that a request is about
 * @param render - renders the page in the application's own way
 */
export function errorAnswer(
  restart: string,
  providerOf: (request: FastifyRequest) => string | null,
  render: RenderLoginPage | undefined
): (error: FastifyError, request: FastifyRequest, reply: FastifyReply) => void {
  return (error, request, reply) => {
    const status = statusOf(error)
    const code = error instanceof LoginError ? error.error : codeFor(status)
    const failed = {
      by: 'provider',
      kind: 'failed',
      code,
      provider: providerOf(request)
    } satisfies ProviderLoginEvent
    tell(loginChannel, failed, { log: request.log, ...tellingOf(status, error) })
    addVary(reply, 'Accept')
    // When an earlier onRequest hook refuses the request, these headers are not set yet.
    reply.code(status).headers({ ...PAGE_HEADERS, ...retryHeaders(reply, status, error) })
    if (wantsPage(request)) {
      // Without `prompt=login` the provider may accept the user without asking, and the session would be as old as before. A
      // request that already asked for a fresh login would be refused again.
      const isFresh = code === 'recent_login_required' && only(request.query, 'prompt') === undefined
      const url = isFresh ? `${restart}?prompt=login` : restart
      const message = textsFor(request).login.errors[code]
      sendLoginPage(reply, { kind: 'fault', error: code, message, loginUrl: url }, render)
    } else reply.send({ error: code, error_description: english.login.errors[code] })
  }
}

function statusOf(error: FastifyError): number {
  return error.statusCode === 502 || error.statusCode === 504 ? error.statusCode : answerStatus(error)
}

function codeFor(status: number): LoginFaultCode {
  if (status < 500) return 'invalid_request'
  return status === 500 ? 'server_error' : 'temporarily_unavailable'
}

function tellingOf(status: number, error: FastifyError): Omit<Telling, 'log'> {
  const details = (): object => ({ err: error, reason: reasonOf(error) })
  if (status === 500) return { details, level: 'error', message: 'A login failed' }
  if (status > 500) return { details, level: 'warn', message: 'A login could not be finished' }
  return { details, message: 'A login was refused' }
}

// The message of the last cause, if it is a LATCHKEY_REASON.
function reasonOf(error: Error): string | undefined {
  const seen = new Set<unknown>() // an application's error may be its own cause
  let last: Error = error
  while (last.cause instanceof Error && !seen.has(last)) {
    seen.add(last)
    last = last.cause
  }
  return 'code' in last && last.code === 'LATCHKEY_REASON' ? last.message : undefined
}
