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

/** Why the password of a request was refused; `undefined` if no reason was stored. */
export function notedRefusal(request: FastifyRequest): Refusal | undefined {
  return refusals.get(request)
}
