import type { FastifyRequest } from 'fastify'
import type { PasswordRefusal } from './events.ts'

/** Why a password was refused, and for which subject. */
export interface Refusal {
  readonly code: PasswordRefusal
  readonly subject: string | null
}

const refusals = new WeakMap<FastifyRequest, Refusal>()

/** Stores why a password was refused, because `verifyPassword` returns only `null`. */
export function noteRefusal(request: FastifyRequest, refusal: Refusal): void {
  refusals.set(request, refusal)
}

/** Returns why the password of a request was refused, and forgets it; `undefined` if no reason was stored. */
export function takeRefusal(request: FastifyRequest): Refusal | undefined {
  const refusal = refusals.get(request)
  refusals.delete(request)
  return refusal
}
