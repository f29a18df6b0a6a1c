import type { ClientMetadata, Provider } from 'oidc-provider'
import { type DevClient, isLoopbackUri } from './client.ts'

/** Returns a client in the form of oidc-provider. */
export function clientMetadata(client: DevClient): ClientMetadata {
  return {
    client_id: client.clientId,
    client_secret: client.clientSecret,
    // Both ways to send the secret work: oidc-provider also accepts it in the form with this method.
    token_endpoint_auth_method: 'client_secret_basic',
    grant_types: ['authorization_code', 'refresh_token'],
    response_types: ['code'],
    redirect_uris: [...(client.redirectUris ?? ['http://localhost/'])],
    post_logout_redirect_uris: [...(client.postLogoutRedirectUris ?? [])],
    ...(client.backchannelLogoutUri === undefined
      ? {}
      : { backchannel_logout_uri: client.backchannelLogoutUri, backchannel_logout_session_required: true })
  }
}

/** Lets a client without a list of redirect URIs use any loopback address. */
export function allowLoopback({ Client }: Provider, clients: readonly DevClient[]): void {
  const allows = (list: 'redirectUris' | 'postLogoutRedirectUris') =>
    function (this: { readonly clientId: string }, uri: string): boolean {
      const client = clients.find(({ clientId }) => clientId === this.clientId)
      return client?.[list]?.includes(uri) ?? isLoopbackUri(uri)
    }
  // oidc-provider documents these methods for that purpose.
  Client.prototype.redirectUriAllowed = allows('redirectUris')
  Client.prototype.postLogoutRedirectUriAllowed = allows('postLogoutRedirectUris')
}
