import {
  answerStatus,
  NEVER_STORED,
  redactedError,
  retryHeaders,
  sendProtocolAnswer,
  tell,
  tellingOf
} from '@latchkey/guard/plugin'
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import { askingClient } from '../clients/asking-client.ts'
import { challengeOf } from './client-challenge.ts'
import { TokenError } from '../errors.ts'
import { type TokenEvent, tokenChannel } from '../events.ts'
import { secretsOf } from './secrets-of-request.ts'

// RFC 6749 §5.2: error_description "MUST NOT include characters outside the set %x20-21 / %x23-5B / %x5D-7E".
const UNSPEAKABLE = /[^\x20-\x21\x23-\x5B\x5D-\x7E]/g

/**
 * The error handler of the token endpoint. Every failure becomes an RFC 6749 §5.2 answer, also errors of Fastify and of the
 * application's hooks. Private detail goes only to the log.
 *
 * @see [RFC 6749 §5.2](https://www.rfc-editor.org/rfc/rfc6749#section-5.2)
 */
export function answerError(error: FastifyError, request: FastifyRequest, reply: FastifyReply): void {
  const status = answerStatus(error)
  const answer = error instanceof TokenError ? error : answerFor(status)
  const isChallenged = answer.error === 'invalid_client' && !reply.hasHeader('www-authenticate')
  tellOf(error, status, answer, request)
  sendProtocolAnswer(reply, {
    statusCode: status,
    headers: {
      ...NEVER_STORED,
      ...(isChallenged && { 'www-authenticate': challengeOf(request) }),
      ...retryHeaders(reply, status, error)
    },
    body: { error: answer.error, error_description: answer.message.replace(UNSPEAKABLE, '') }
  })
}

function answerFor(status: number): TokenError {
  if (status === 401) return new TokenError('invalid_client', 'The request was refused')
  if (status === 413) return new TokenError('invalid_request', 'The request is too large')
  if (status === 429) return new TokenError('temporarily_unavailable', 'Too many requests')
  if (status === 500) return new TokenError('server_error', 'The server failed to answer')
  if (status === 503) return new TokenError('temporarily_unavailable', 'The server cannot answer now')
  return new TokenError('invalid_request', 'The request was refused')
}

function tellOf(error: FastifyError, statusCode: number, { error: code }: TokenError, request: FastifyRequest): void {
  const route = String(request.routeOptions.url) // every request here has a route
  const refused = { kind: 'refused', code, statusCode, route, clientId: askingClient(request) } satisfies TokenEvent
  const details = (): object => ({ err: redactedError(error, secretsOf(request)) })
  tell(tokenChannel, refused, { log: request.log, details, ...tellingOf(statusCode, 'A token request') })
}
