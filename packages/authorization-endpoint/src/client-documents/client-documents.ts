// Clients without a registration: their identifier is the URL of a document with their metadata.
// https://datatracker.ietf.org/doc/html/draft-ietf-oauth-client-id-metadata-document-03
import { boundedMaxAge, fetchJson, prepareFetches } from '@latchkey/issuer'
import type { FastifyInstance } from 'fastify'
import { isClientUrl } from './client-url.ts'
import { documentClient } from './document.ts'
import { keptClients, type LoadedClient } from './kept-clients.ts'
import type { ResolvedClientDocuments } from './options.ts'

/** "The recommended maximum response size for client metadata documents is 5 kilobytes." */
const LARGEST_DOCUMENT = 5 * 1024
/** The limit of each fetch, in milliseconds. */
const TIMEOUT = 5000
/** The least time that a document is kept, in seconds. */
const SHORTEST_AGE = 60

/** Adds the clients with a metadata document to the token endpoint, and the member of its metadata. */
export function addClientDocuments(
  app: FastifyInstance,
  options: ResolvedClientDocuments,
  seconds: () => number
): void {
  const { tokenEndpoint, guard, log } = app
  const limits = { grantTypes: () => tokenEndpoint.grantTypes, scopes: guard.scopes }
  const find = keptClients({ load, seconds, tell })
  tokenEndpoint.addClients(async (clientId) => (isClientUrl(clientId, options) ? find(clientId) : undefined))
  tokenEndpoint.addMetadata(() => ({ client_id_metadata_document_supported: true }))
  app.addHook('onReady', async () => void prepareFetches())

  async function load(url: string): Promise<LoadedClient> {
    const { body, headers } = await fetchJson(url, {
      blockSpecialUse: !options.insecureClientHosts.includes(new URL(url).host),
      maxBytes: LARGEST_DOCUMENT,
      timeout: TIMEOUT
    })
    return { client: documentClient(url, body, limits), maxAge: maxAgeOf(headers.get('cache-control')) }
  }

  function tell(clientId: string, error: unknown): void {
    const { code, message, cause } = Object(error) as Partial<Error & { code: string }> // any value can be thrown
    const { message: reason = message } = Object(cause) as Partial<Error> // `cause` may be missing
    log.info({ clientId, code, reason }, 'The metadata document of a client cannot be used')
  }
}

function maxAgeOf(cacheControl: string | null): number {
  if (/\bno-(?:cache|store)\b/i.test(cacheControl ?? '')) return SHORTEST_AGE
  return boundedMaxAge(cacheControl, SHORTEST_AGE)
}
