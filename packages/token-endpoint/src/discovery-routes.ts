import { noAuthentication } from '@latchkey/guard'
import type { FastifyContextConfig, FastifyInstance } from 'fastify'
import type { JSONWebKeySet } from 'jose'
import { jwksRouteSchema, metadataRouteSchema } from './documentation.ts'
import { FOLLOWED_EVERY } from './followed-keys.ts'

/** How long the documents may be kept, in seconds. */
export const CACHED_FOR = 300
const CACHEABLE = `public, max-age=${CACHED_FOR}`

export interface DiscoveryRoutes {
  readonly jwks: { readonly url: string; readonly answer: () => JSONWebKeySet }
  readonly metadata: { readonly url: string; readonly answer: () => object }
}

/**
 * Adds the public documents of the token endpoint: its keys and its metadata. Both may be cached for five minutes. While
 * there are no keys the answer is 503: a verifier must not keep an empty set.
 *
 * @see [RFC 7517 §5](https://www.rfc-editor.org/rfc/rfc7517#section-5), [RFC 8414 §3](https://www.rfc-editor.org/rfc/rfc8414#section-3)
 */
export async function addDiscoveryRoutes(child: FastifyInstance, { jwks, metadata }: DiscoveryRoutes): Promise<void> {
  const config: FastifyContextConfig = { access: noAuthentication, otherRules: 'ignored' }

  child.get(jwks.url, { config, schema: jwksRouteSchema }, async (_request, reply) => {
    // Headers that are set before an error is thrown survive the application's own error handler.
    reply.headers({ 'cache-control': 'no-store', 'retry-after': FOLLOWED_EVERY })
    const keys = jwks.answer()
    reply
      .removeHeader('retry-after')
      .headers({ 'cache-control': CACHEABLE, 'content-type': 'application/jwk-set+json' })
    return keys
  })

  child.get(metadata.url, { config, schema: metadataRouteSchema }, async (_request, reply) => {
    reply.header('cache-control', CACHEABLE)
    return metadata.answer()
  })
}
