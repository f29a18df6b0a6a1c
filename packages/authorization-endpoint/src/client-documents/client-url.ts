import { parseUrl } from '@latchkey/options'
import type { ResolvedClientDocuments } from './options.ts'

const URL_TEXT = /^https?:\/\/[\x21-\x7e]+$/

/**
 * Whether a client identifier is the URL of a document that may be fetched. The URL must be written as a URL parser writes it,
 * so that one document has one identifier: without dot segments, capitals in the host, the port 443. It has a path, no fragment
 * and no user. It may have a query, although it "SHOULD NOT".
 *
 * @see [Client ID Metadata Document, Client Identifier](https://datatracker.ietf.org/doc/html/draft-ietf-oauth-client-id-metadata-document-03)
 */
export function isClientUrl(clientId: string, { allowedHosts, insecureClientHosts }: ResolvedClientDocuments): boolean {
  const url = URL_TEXT.test(clientId) && !clientId.includes('#') ? parseUrl(clientId) : null
  if (url?.href !== clientId || url.pathname === '/' || url.username + url.password !== '') return false
  if (insecureClientHosts.includes(url.host)) return true
  return url.protocol === 'https:' && (allowedHosts?.includes(url.host) ?? true)
}
