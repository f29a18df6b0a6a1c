import { sendProtocolAnswer } from '@latchkey/guard/plugin'
import type { FastifyBaseLogger, FastifyReply } from 'fastify'
import type { JSONWebKeySet } from 'jose'
import { type AddDocument, CACHEABLE } from './public-documents.ts'
import { jwksRouteSchema } from './schemas.ts'
import { FOLLOWED_EVERY } from '../keys/followed-keys.ts'

const HEADERS = { ...CACHEABLE, 'content-type': 'application/jwk-set+json; charset=utf-8' }

/**
 * Adds the keys of the token endpoint. While there are none, the answer is 503, so that a verifier does not cache an empty set.
 *
 * @param keys - throws when there are no keys
 * @see [RFC 7517 §5](https://www.rfc-editor.org/rfc/rfc7517#section-5)
 */
export function addJwksRoute(add: AddDocument, url: string, keys: () => JSONWebKeySet): void {
  add({
    url,
    documentation: jwksRouteSchema,
    async handler(request, reply) {
      const body = keysNow(request.log)
      return body === null ? withoutKeys(reply) : sendProtocolAnswer(reply, { headers: HEADERS, body })
    }
  })

  function keysNow(log: FastifyBaseLogger): JSONWebKeySet | null {
    try {
      return keys()
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
