import type { FastifyError, FastifyReply } from 'fastify'
import { wholeSeconds } from '../errors.ts'
import type { Telling } from '../tell.ts'

/**
 * The headers of every answer that may hold a token. For authors of plugins.
 *
 * @see [RFC 6749 §5.1](https://www.rfc-editor.org/rfc/rfc6749#section-5.1)
 */
export const NEVER_STORED: Readonly<Record<string, string>> = Object.freeze({
  'cache-control': 'no-store',
  pragma: 'no-cache'
})

/** Whether an error says that a store or an upstream is down, by its status 503. For authors of plugins. */
export function isUnavailable(error: unknown): error is Error {
  return error instanceof Error && 'statusCode' in error && error.statusCode === 503
}

/**
 * Returns the status of the answer for an error: 503 and those of clients are kept, all others become 500. For authors of
 * plugins.
 */
export function answerStatus({ statusCode = 500 }: FastifyError): number {
  return statusCode === 503 || (statusCode >= 400 && statusCode < 500) ? statusCode : 500
}

/**
 * Returns the header `Retry-After` of an answer with the status 429 or 503: the `retryAfter` of the error in whole seconds, or
 * 5. Returns no header for another status, or if the reply has the header already, as from a rate limiter. For authors of
 * plugins.
 *
 * @see [RFC 9110 §10.2.3](https://www.rfc-editor.org/rfc/rfc9110#section-10.2.3)
 */
export function retryHeaders(
  reply: FastifyReply,
  status: number,
  { retryAfter }: Error & { readonly retryAfter?: unknown }
): Readonly<Record<string, number>> {
  if ((status !== 429 && status !== 503) || reply.hasHeader('retry-after')) return {}
  return { 'retry-after': wholeSeconds(retryAfter) }
}

/**
 * Returns the log line of a request that was not answered as asked. For authors of plugins.
 *
 * @param what - the subject of the line
 *
 * @example tellingOf(503, 'A token request') // { level: 'warn', message: 'A token request could not be answered' }
 */
export function tellingOf(status: number, what: string): Omit<Telling, 'log'> {
  if (status === 500) return { level: 'error', message: `${what} failed` }
  if (status === 503) return { level: 'warn', message: `${what} could not be answered` }
  return { message: `${what} was refused` }
}
