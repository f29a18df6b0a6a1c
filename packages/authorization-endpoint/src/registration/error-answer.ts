import { redactedError, sendProtocolAnswer, type Telling } from '@latchkey/guard/plugin'
import { STORE_RETRY_AFTER } from '@latchkey/store'
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import { codeFor, statusOf } from '../error-answer.ts'
import { ClientMetadataError } from '../errors.ts'
import { tellAuthorization } from '../events.ts'

/** The headers of every answer of the endpoint: it may hold a token. */
export const NEVER_STORED: Readonly<Record<string, string>> = { 'cache-control': 'no-store', pragma: 'no-cache' }

/**
 * The error handler of the registration endpoint. Private details go to the log only.
 *
 * @see [RFC 7591 §3.2.2](https://www.rfc-editor.org/rfc/rfc7591#section-3.2.2)
 */
export function answerError(
  error: FastifyError & { readonly retryAfter?: unknown },
  request: FastifyRequest,
  reply: FastifyReply
): void {
  const statusCode = statusOf(error)
  const code =
    error instanceof ClientMetadataError ? error.error : statusCode === 401 ? 'invalid_token' : codeFor(statusCode)
  const message = error instanceof ClientMetadataError ? error.message : messageFor(statusCode)
  const details = (): object => ({ err: redactedError(error, []) })
  tellAuthorization(
    { kind: 'refused', clientId: null, code, statusCode },
    { log: request.log, details, ...tellingOf(statusCode) }
  )
  sendProtocolAnswer(reply, {
    statusCode,
    headers: { ...NEVER_STORED, ...retryAfter(error, statusCode) },
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

function retryAfter({ retryAfter }: { readonly retryAfter?: unknown }, status: number): Record<string, number> {
  if (status !== 429 && status !== 503) return {}
  return { 'retry-after': Number.isInteger(retryAfter) ? Number(retryAfter) : STORE_RETRY_AFTER }
}

function tellingOf(status: number): Pick<Telling, 'level' | 'message'> {
  if (status === 500) return { level: 'error', message: 'A registration failed' }
  if (status === 503) return { level: 'warn', message: 'A registration could not be answered' }
  return { message: 'A registration was refused' }
}
