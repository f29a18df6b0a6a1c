import type { FastifyRequest } from 'fastify'
import type { PasswordRefusal } from './events.ts'

/** Why a password was refused, and whose it was not. */
export interface Refusal {
  readonly code: PasswordRefusal
  readonly subject: string | null
}

const refusals = new WeakMap<FastifyRequest, Refusal>()

/** Remembers why a password was refused: `verifyPassword` itself says no more than that it was. */
export function noteRefusal(request: FastifyRequest, refusal: Refusal): void {
  refusals.set(request, refusal)
}

/** Why the password of a request was refused; nothing where nobody said. */
export function notedRefusal(request: FastifyRequest): Refusal | undefined {
  return refusals.get(request)
}
