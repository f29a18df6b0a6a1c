import type { FastifyRequest } from 'fastify'

const known = new WeakMap<FastifyRequest, string>()

/** Stores the client of a request, once it is known, for the events and log lines of that request. */
export function noteClient(request: FastifyRequest, clientId: string): void {
  known.set(request, clientId)
}

/** The registered identifier of the client of a request; `null` until it is known. */
export function askingClient(request: FastifyRequest): string | null {
  return known.get(request) ?? null
}
