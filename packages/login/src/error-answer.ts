import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import { LoginError } from './errors.ts'
import { HEADERS, html, sendPage, wantsPage } from './page.ts'

const DEFAULT_RETRY = 5

/**
 * The error handler of the login's routes: a page that says what to do next, or JSON for whoever asks for that. What the
 * provider said, and what went wrong here, only goes to the log.
 *
 * @param restart - where a login begins
 */
export function errorAnswer(
  restart: string
): (error: FastifyError, request: FastifyRequest, reply: FastifyReply) => void {
  return (error, request, reply) => {
    const status = statusOf(error)
    const { error: code, message } = error instanceof LoginError ? error : messageFor(status)
    log(error, status, request)
    if (status === 503) reply.header('retry-after', retryAfterOf(error))
    // What a hook before the login's own refuses comes here without them.
    reply.code(status).headers({ ...HEADERS, vary: [reply.getHeader('vary') ?? [], 'Accept'].flat().join(', ') })
    if (wantsPage(request)) {
      // The provider would let somebody in again who is logged in there, and the session would be as old as before.
      const url = code === 'recent_login_required' ? `${restart}?prompt=login` : restart
      sendPage(reply, { title: message, body: html`<p><a class="button" href="${url}">Log in</a></p>` })
    } else reply.send({ error: code, error_description: message })
  }
}

function statusOf({ statusCode = 500 }: FastifyError): number {
  return statusCode === 502 || statusCode === 503 || statusCode === 504 || (statusCode >= 400 && statusCode < 500)
    ? statusCode
    : 500
}

function messageFor(status: number): { readonly error: string; readonly message: string } {
  if (status === 500) return new LoginError('server_error')
  if (status === 503)
    return { error: 'temporarily_unavailable', message: 'This cannot be answered now. Try again later.' }
  return { error: 'invalid_request', message: 'This request cannot be answered.' }
}

function log(error: FastifyError, status: number, request: FastifyRequest): void {
  const told = { err: error, reason: reasonOf(error) }
  if (status === 500) request.log.error(told, 'A login failed')
  else if (status > 500) request.log.warn(told, 'A login could not be finished')
  else request.log.info(told, 'A login was refused')
}

// What is no error itself the serializer of errors leaves out.
function reasonOf({ cause }: Error): string | undefined {
  if (cause instanceof Error) return reasonOf(cause)
  return typeof cause === 'string' ? cause : undefined
}

function retryAfterOf({ retryAfter }: FastifyError & { readonly retryAfter?: unknown }): number {
  return Number.isInteger(retryAfter) ? Number(retryAfter) : DEFAULT_RETRY
}
