import type { FastifyRequest } from 'fastify'
import { ReasonError } from './error-class.ts'
import type { Caller } from './events.ts'
import type { Refusal } from './refusal.ts'
import type { RouteAccess } from './route-access.ts'

/**
 * Logs one line for a refused request: the caller, the stable code of the error, the method and the pattern of the route.
 * Nothing else of the request is in it. `reason` is the text of a {@link ReasonError} in the cause, or the `code` of another
 * error in the cause, such as `LATCHKEY_UPSTREAM_TIMEOUT`.
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
