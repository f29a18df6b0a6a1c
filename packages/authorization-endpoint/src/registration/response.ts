import { formatScope } from '@latchkey/guard/plugin'
import type { RegisteredClient } from './registered-clients.ts'

/**
 * The information about a registered client, for itself. It has the values that are in force, which may not be those that the
 * client asked for.
 *
 * @see [RFC 7591 §3.2.1](https://www.rfc-editor.org/rfc/rfc7591#section-3.2.1), [RFC 7592 §3](https://www.rfc-editor.org/rfc/rfc7592#section-3)
 */
export function clientInformation(
  { client, issuedAt }: RegisteredClient,
  registrationAccessToken: string,
  registrationUrl: string
): object {
  const { clientId, clientName, redirectUris, grantTypes, defaultScopes } = client
  return {
    client_id: clientId,
    client_id_issued_at: issuedAt,
    ...(clientName !== undefined && { client_name: clientName }),
    redirect_uris: redirectUris,
    grant_types: grantTypes,
    response_types: grantTypes.includes('authorization_code') ? ['code'] : [],
    token_endpoint_auth_method: 'none',
    ...(defaultScopes !== undefined && { scope: formatScope(defaultScopes) }),
    registration_access_token: registrationAccessToken,
    registration_client_uri: `${registrationUrl}/${clientId}`
  }
}
