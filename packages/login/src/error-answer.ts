import { type Telling, tell } from '@latchkey/guard'
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import { LoginError, type LoginErrorCode } from './errors.ts'
import { loginChannel, type ProviderLoginEvent } from './events.ts'
import { only } from './authorization/parameters.ts'
import { HEADERS, html, sendPage, wantsPage } from './page.ts'

const DEFAULT_RETRY = 5

/**
 * The error handler of the login's routes: a page that says what to do next, or JSON for whoever asks for that. What the
 * provider said, and what went wrong here, only goes to the log.
 *
 * @param restart - where a login begins
 * @param providerOf - the name of the registered provider that a request is about
 */
export function errorAnswer(
  restart: string,
  providerOf: (request: FastifyRequest) => string | null
): (error: FastifyError, request: FastifyRequest, reply: FastifyReply) => void {
  return (error, request, reply) => {
    const status = statusOf(error)
    const { error: code, message }: Answer = error instanceof LoginError ? error : messageFor(status)
    const failed = {
      method: 'provider',
      outcome: 'failed',
      code,
      provider: providerOf(request)
    } satisfies ProviderLoginEvent
    tell(loginChannel, failed, { log: request.log, ...tellingOf(status, error) })
    if (status === 503) reply.header('retry-after', retryAfterOf(error))
    // What a hook before the login's own refuses comes here without them.
    reply.code(status).headers({ ...HEADERS, vary: [reply.getHeader('vary') ?? [], 'Accept'].flat().join(', ') })
    if (wantsPage(request)) {
      // The provider would let somebody in again who is logged in there, and the session would be as old as before. Who is
      // refused as soon as they ask for a fresh login would be refused again.
      const isFresh = code === 'recent_login_required' && only(request.query, 'prompt') === undefined
      const url = isFresh ? `${restart}?prompt=login` : restart
      sendPage(reply, { title: message, body: html`<p><a class="button" href="${url}">Log in</a></p>` })
    } else reply.send({ error: code, error_description: message })
  }
}

function statusOf({ statusCode = 500 }: FastifyError): number {
  return statusCode === 502 || statusCode === 503 || statusCode === 504 || (statusCode >= 400 && statusCode < 500)
    ? statusCode
    : 500
}

interface Answer {
  readonly error: LoginErrorCode | 'temporarily_unavailable' | 'invalid_request'
  readonly message: string
}

function messageFor(status: number): Answer {
  if (status === 500) return new LoginError('server_error')
  if (status === 503)
    return { error: 'temporarily_unavailable', message: 'This cannot be answered now. Try again later.' }
  return { error: 'invalid_request', message: 'This request cannot be answered.' }
}

function tellingOf(status: number, error: FastifyError): Omit<Telling, 'log'> {
  const details = (): object => ({ err: error, reason: reasonOf(error) })
  if (status === 500) return { details, level: 'error', message: 'A login failed' }
  if (status > 500) return { details, level: 'warn', message: 'A login could not be finished' }
  return { details, message: 'A login was refused' }
}

// The last of the causes, where it is a reason in words.
function reasonOf(error: Error): string | undefined {
  const seen = new Set<unknown>() // an application's error may be its own cause
  let last: Error = error
  while (last.cause instanceof Error && !seen.has(last)) {
    seen.add(last)
    last = last.cause
  }
  return 'code' in last && last.code === 'LATCHKEY_REASON' ? last.message : undefined
}

function retryAfterOf({ retryAfter }: FastifyError & { readonly retryAfter?: unknown }): number {
  return Number.isInteger(retryAfter) ? Number(retryAfter) : DEFAULT_RETRY
}
