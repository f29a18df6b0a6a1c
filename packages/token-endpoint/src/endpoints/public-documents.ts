import { noAuthentication } from '@latchkey/guard'
import { addPreflightRoute, type ProtocolRoute, protocolRoute } from '@latchkey/guard/plugin'
import type { FastifyContextConfig, FastifyInstance } from 'fastify'
import type { OtherOrigins } from './other-origins.ts'
import { CACHED_FOR } from '../keys/followed-keys.ts'

/** The header of a document that may be cached for five minutes. */
export const CACHEABLE: Readonly<Record<string, string>> = { 'cache-control': `public, max-age=${CACHED_FOR}` }

/** Adds the route of a document. */
export type AddDocument = (document: Pick<ProtocolRoute, 'url' | 'documentation' | 'handler'>) => void

const config: FastifyContextConfig = { access: noAuthentication, otherRules: 'ignored' }

/**
 * Returns a function that adds public documents to a context. Scripts of other origins can read them after `otherOrigins` was
 * opened.
 */
export function publicDocuments(child: FastifyInstance, otherOrigins: OtherOrigins): AddDocument {
  return (document) => {
    const route = { ...document, method: 'GET', config, isOpenToOtherOrigins: otherOrigins.isOpen }
    protocolRoute(child, route)
    otherOrigins.whenOpen(() => addPreflightRoute(child, route))
  }
}
