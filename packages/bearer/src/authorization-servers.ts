import { isFetchable } from '@latchkey/issuer'
import type { Verification } from './access-token/verify.ts'

/**
 * The issuers that clients can get tokens from, for the metadata of the resource. An issuer whose name is not a URL is left
 * out: a client cannot use it.
 *
 * @see [RFC 9728 §2](https://www.rfc-editor.org/rfc/rfc9728#section-2)
 */
export function authorizationServers({ issuers }: Verification): readonly string[] {
  return [...issuers.keys()].filter(isFetchable)
}
