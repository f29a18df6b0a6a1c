import { isRecord } from '@latchkey/options'
import type { Client } from '@latchkey/token-endpoint'
import { type ClientMetadataLimits, publicClient } from '../client-metadata.ts'
import { ClientMetadataError } from '../errors.ts'

/** "The `client_secret` and `client_secret_expires_at` properties MUST NOT be used". */
const SECRETS = ['client_secret', 'client_secret_expires_at']

/**
 * Makes a client of its metadata document.
 *
 * @param url - the URL of the document, which is the identifier of the client
 * @throws ClientMetadataError
 * @see [Client ID Metadata Document](https://datatracker.ietf.org/doc/html/draft-ietf-oauth-client-id-metadata-document-03)
 */
export function documentClient(url: string, document: unknown, limits: ClientMetadataLimits): Client {
  if (isRecord(document)) {
    if (document['client_id'] !== url) throw unusable('client_id must be the URL of the document')
    if (SECRETS.some((name) => name in document)) throw unusable('A document must not have a client_secret')
  }
  return publicClient(url, document, limits)
}

function unusable(description: string): ClientMetadataError {
  return new ClientMetadataError('invalid_client_metadata', description)
}
