import { noAuthentication } from '@latchkey/guard'
import { addPreflightRoute, type ProtocolRoute, protocolRoute, sendProtocolAnswer } from '@latchkey/guard/plugin'
import type { FastifyBaseLogger, FastifyContextConfig, FastifyInstance, FastifyReply } from 'fastify'
import type { JSONWebKeySet } from 'jose'
import type { OtherOrigins } from './other-origins.ts'
import { jwksRouteSchema, metadataRouteSchema } from './schemas.ts'
import { CACHED_FOR, FOLLOWED_EVERY } from '../keys/followed-keys.ts'

const CACHEABLE = `public, max-age=${CACHED_FOR}`

export interface DiscoveryRoutes {
  readonly jwks: { readonly url: string; readonly answer: () => JSONWebKeySet }
  readonly metadata: { readonly url: string; readonly answer: () => object }
  readonly otherOrigins: OtherOrigins
}

/**
 * Adds the public documents of the token endpoint: its keys and its metadata. Both may be cached for five minutes. While there
 * are no keys, `/jwks` answers 503, so that a verifier does not cache an empty set.
 *
 * @see [RFC 7517 §5](https://www.rfc-editor.org/rfc/rfc7517#section-5), [RFC 8414 §3](https://www.rfc-editor.org/rfc/rfc8414#section-3)
 */
export async function addDiscoveryRoutes(
  child: FastifyInstance,
  { jwks, metadata, otherOrigins }: DiscoveryRoutes
): Promise<void> {
  const config: FastifyContextConfig = { access: noAuthentication, otherRules: 'ignored' }

  add({
    method: 'GET',
    url: jwks.url,
    config,
    documentation: jwksRouteSchema,
    handler: async (request, reply) => {
      const keys = keysOf(request.log)
      if (keys === null) return withoutKeys(reply)
      const headers = { 'cache-control': CACHEABLE, 'content-type': 'application/jwk-set+json; charset=utf-8' }
      return sendProtocolAnswer(reply, { headers, body: keys })
    }
  })

  add({
    method: 'GET',
    url: metadata.url,
    config,
    documentation: metadataRouteSchema,
    handler: async (_request, reply) =>
      sendProtocolAnswer(reply, { headers: { 'cache-control': CACHEABLE }, body: metadata.answer() })
  })

  function add(given: ProtocolRoute): void {
    const route = { ...given, isOpenToOtherOrigins: otherOrigins.isOpen }
    protocolRoute(child, route)
    otherOrigins.whenOpen(() => addPreflightRoute(child, route))
  }

  function keysOf(log: FastifyBaseLogger): JSONWebKeySet | null {
    try {
      return jwks.answer()
    } catch (error) {
      log.warn({ err: error }, 'The key set cannot be given: there are no signing keys')
      return null
    }
  }
}

function withoutKeys(reply: FastifyReply): FastifyReply {
  return sendProtocolAnswer(reply, {
    statusCode: 503,
    headers: { 'cache-control': 'no-store', 'retry-after': FOLLOWED_EVERY },
    body: { error: 'temporarily_unavailable', error_description: 'There is no signing key' }
  })
}
