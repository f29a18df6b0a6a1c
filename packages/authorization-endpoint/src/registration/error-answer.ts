import {
  answerStatus,
  NEVER_STORED,
  redactedError,
  retryHeaders,
  sendProtocolAnswer,
  tellingOf
} from '@latchkey/guard/plugin'
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import { codeFor } from '../error-answer.ts'
import { ClientMetadataError } from '../errors.ts'
import { tellAuthorization } from '../events.ts'

/**
 * The error handler of the registration endpoint. Private details go to the log only.
 *
 * @see [RFC 7591 §3.2.2](https://www.rfc-editor.org/rfc/rfc7591#section-3.2.2)
 */
export function answerError(error: FastifyError, request: FastifyRequest, reply: FastifyReply): void {
  const statusCode = answerStatus(error)
  const code =
    error instanceof ClientMetadataError ? error.error : statusCode === 401 ? 'invalid_token' : codeFor(statusCode)
  const message = error instanceof ClientMetadataError ? error.message : messageFor(statusCode)
  const details = (): object => ({ err: redactedError(error, []) })
  tellAuthorization(
    { kind: 'refused', clientId: null, code, statusCode },
    { log: request.log, details, ...tellingOf(statusCode, 'A registration') }
  )
  sendProtocolAnswer(reply, {
    statusCode,
    headers: { ...NEVER_STORED, ...retryHeaders(reply, statusCode, error) },
    body: { error: code, error_description: message }
  })
}

function messageFor(status: number): string {
  if (status === 401) return 'The token is missing, or not valid'
  if (status === 413) return 'The metadata is too large'
  if (status === 429) return 'Too many requests'
  if (status === 500) return 'The server failed to answer'
  return status === 503 ? 'The server cannot answer now' : 'The request was refused'
}
