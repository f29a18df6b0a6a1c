import { TokenError } from '../errors.ts'
import type { Grant } from './grant.ts'
import { clientSubject } from '../clients/subject.ts'

/**
 * The `client_credentials` grant, by which a client acts for itself. Only for confidential clients whose `grantTypes` contain
 * it. The client gets at most the `scopes` of its {@link Client}, and no scope if it has none. Does not issue a refresh token.
 * The subject is `client:` and the client's identifier; no user can have such a subject (RFC 9700 §4.15).
 *
 * @example
 * ```ts
 * app.tokenEndpoint.addGrant(clientCredentialsGrant())
 * ```
 * @see [RFC 6749 §4.4](https://www.rfc-editor.org/rfc/rfc6749#section-4.4)
 */
export function clientCredentialsGrant(): Grant {
  return Object.freeze({
    grantType: 'client_credentials',
    async handle({ client }) {
      if (client.clientSecretHash === undefined) {
        throw new TokenError('unauthorized_client', 'A public client cannot act for itself')
      }
      return { subject: clientSubject(client.clientId), scopes: client.scopes ?? [], authenticatedAt: null }
    }
  } satisfies Grant)
}
