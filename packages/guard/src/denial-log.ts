import type { FastifyRequest } from 'fastify'
import type { Caller } from './events.ts'
import type { Refusal } from './refusal.ts'
import type { RouteAccess } from './route-access.ts'

/**
 * One line for a request that is not let in: who and why, by a code that never changes, and where. Of the request itself only
 * the method and the pattern of its route. What went wrong inside is in the cause, and here only when that is a text of ours.
 */
export function logDenial(
  { log, method }: FastifyRequest,
  { route }: RouteAccess,
  caller: Caller | null,
  { code, cause }: Refusal
): void {
  const reason = typeof cause === 'string' ? cause : undefined
  log.info(
    { code, scheme: caller?.scheme, subject: caller?.subject, method, route, reason },
    'The guard refused a request'
  )
}
