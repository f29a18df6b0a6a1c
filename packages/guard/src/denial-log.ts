import type { FastifyRequest } from 'fastify'
import { ReasonError } from './error-class.ts'
import type { Caller } from './events.ts'
import type { Refusal } from './refusal.ts'
import type { RouteAccess } from './route-access.ts'

/**
 * One line for a request that is not let in: who and why, by a code that never changes, and where. Of the request itself only
 * the method and the pattern of its route. What went wrong inside is in the cause, of which a text of ours gets here, or the
 * code of an error, such as `LATCHKEY_UPSTREAM_TIMEOUT`.
 */
export function logDenial(
  { log, method }: FastifyRequest,
  { route }: RouteAccess,
  caller: Caller | null,
  { code, cause }: Refusal
): void {
  log.info(
    { code, scheme: caller?.scheme, subject: caller?.subject, method, route, reason: reasonOf(cause) },
    'The guard refused a request'
  )
}

function reasonOf(cause: unknown): string | undefined {
  if (cause instanceof ReasonError) return cause.message
  return cause instanceof Error && 'code' in cause && typeof cause.code === 'string' ? cause.code : undefined
}
