import { isFetchable } from '@latchkey/issuer'
import type { Verification } from './access-token.ts'

/**
 * Where clients get tokens that are honoured here, for the metadata of the resource. A name that is no URL leads no client
 * anywhere, and is left out.
 *
 * @see [RFC 9728 §2](https://www.rfc-editor.org/rfc/rfc9728#section-2)
 */
export function authorizationServers({ issuers }: Verification): readonly string[] {
  return [...issuers.keys()].filter(isFetchable)
}
