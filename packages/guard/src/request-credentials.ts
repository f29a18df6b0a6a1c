import type { FastifyRequest } from 'fastify'

/** The credentials that one authenticator has found, each beside its request. */
export interface RequestCredentials<Credential> {
  /** For the authenticator: stores the credential of a request. The guard may still refuse it. */
  remember(request: FastifyRequest, credential: Credential): void
  /** Returns the credential that authenticated a request; `null` if another one or none did. */
  of(request: FastifyRequest): Credential | null
}

/**
 * Keeps what an authenticator knows about the credential of a request, beyond its `Authentication`.
 *
 * @param scheme - that of the authenticator
 *
 * @example const current = requestCredentials<ApiKeyInfo>('apiKey')
 */
export function requestCredentials<Credential>(scheme: string): RequestCredentials<Credential> {
  // A property of the request: a WeakMap with an entry per request is expensive for the garbage collector.
  const found = Symbol(scheme)
  interface Judged extends FastifyRequest {
    [found]?: Credential
  }
  return {
    remember(request: Judged, credential) {
      request[found] = credential
    },
    of: (request: Judged) => (request.principalIfAny?.scheme === scheme ? (request[found] ?? null) : null)
  }
}
