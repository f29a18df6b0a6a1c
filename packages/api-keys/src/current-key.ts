import type { FastifyRequest } from 'fastify'
import type { ApiKeyInfo } from './key-info.ts'

/** The name of the authenticator: `principal.scheme`. */
export const SCHEME = 'apiKey'

/** The keys of current requests. */
export interface CurrentKeys {
  remember(request: FastifyRequest, info: ApiKeyInfo): void
  /** The key of a request; `null` if another credential or none authenticated it. */
  of(request: FastifyRequest): ApiKeyInfo | null
}

export function currentKeys(): CurrentKeys {
  // A property of the request: a WeakMap with an entry per request is expensive for the garbage collector.
  const found = Symbol('API key')
  interface Judged extends FastifyRequest {
    [found]?: ApiKeyInfo
  }
  return {
    remember(request: Judged, info) {
      request[found] = info
    },
    of(request: Judged) {
      const key = request[found]
      // The guard may have refused the key.
      return key !== undefined && request.principalIfAny?.scheme === SCHEME ? key : null
    }
  }
}
