import type { AuthorizationServer } from '../../examples/authorization-server.ts'

/** A token that the client of an authorization server gets for itself. Without a resource it is for the first one. */
export async function tokenFor(
  { issuer, clientId, clientSecret }: AuthorizationServer,
  scope: string,
  resource?: string
): Promise<string> {
  const response = await fetch(`${issuer}/token`, {
    method: 'POST',
    headers: { authorization: `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString('base64')}` },
    body: new URLSearchParams({ grant_type: 'client_credentials', scope, ...(resource !== undefined && { resource }) })
  })
  const { access_token: token } = (await response.json()) as { access_token: string }
  return token
}
