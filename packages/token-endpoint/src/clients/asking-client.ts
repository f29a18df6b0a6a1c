import type { FastifyRequest } from 'fastify'

const known = new WeakMap<FastifyRequest, string>()

/** Remembers which client a request comes from, once that is known, for what is told of the request later. */
export function noteClient(request: FastifyRequest, clientId: string): void {
  known.set(request, clientId)
}

/** The identifier of the client that a request comes from, as it is registered; `null` as long as that is not known. */
export function askingClient(request: FastifyRequest): string | null {
  return known.get(request) ?? null
}
