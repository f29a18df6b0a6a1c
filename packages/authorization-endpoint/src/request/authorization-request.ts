import type { Client, ClientRequest } from '@latchkey/token-endpoint'
import { AuthorizationError, AuthorizationPageError } from '../errors.ts'
import type { Parameters } from './parameters.ts'
import type { PushedRequests } from './pushed.ts'
import { redirectUriOf } from './redirect-uri.ts'
import { type AuthorizationRequest, checkRequest, type Destination, destinationOf } from './request-checks.ts'

export interface ReadDependencies {
  readonly findClient: (clientId: string) => Promise<Client | undefined>
  /** The resources of the token endpoint. */
  readonly resources: readonly string[]
  /** `null` if requests cannot be pushed. */
  readonly pushed: PushedRequests | null
}

/** A request, or the error for its client. */
export type ReadRequest = { readonly client: Client } & (
  | { readonly request: AuthorizationRequest }
  | { readonly error: AuthorizationError; readonly destination: Destination }
)

/**
 * Reads a request. Its client and redirect URI are checked first, because only then the client can get an error.
 *
 * @throws AuthorizationPageError for an unknown client or redirect URI. The browser must not be redirected then
 * @see [RFC 6749 §4.1.2.1](https://www.rfc-editor.org/rfc/rfc6749#section-4.1.2.1)
 */
export async function readRequest(parameters: Parameters, dependencies: ReadDependencies): Promise<ReadRequest> {
  const { values, repeated } = parameters
  if (repeated === 'client_id' || repeated === 'redirect_uri') {
    throw new AuthorizationPageError(({ repeatedName }) => repeatedName)
  }
  const clientId = values.get('client_id')
  const client = clientId === undefined ? undefined : await dependencies.findClient(clientId)
  if (client === undefined) throw new AuthorizationPageError(({ unknownApp }) => unknownApp)
  const requestUri = values.get('request_uri')
  if (requestUri !== undefined) return { client, request: await pushedRequest(requestUri, client, dependencies) }
  const redirectUri = redirectUriOf(values.get('redirect_uri'), client)
  if (redirectUri === null) throw notRegistered()
  try {
    if (client.requirePushedAuthorizationRequests === true) {
      throw new AuthorizationError('invalid_request', 'The client must push its authorization requests (RFC 9126)')
    }
    return { client, request: checkRequest(parameters, client, redirectUri, dependencies.resources) }
  } catch (error) {
    // The only class that is thrown above.
    return { client, error: error as AuthorizationError, destination: destinationOf(parameters, redirectUri) }
  }
}

// "request_uri" of another origin is never fetched. Without a pushed request no redirect URI is known, so the error is a page.
async function pushedRequest(
  requestUri: string,
  client: Client,
  { pushed }: ReadDependencies
): Promise<AuthorizationRequest> {
  const request = await pushed?.take(requestUri, client.clientId)
  if (request === undefined || request === null) {
    throw new AuthorizationPageError(({ unknownRequest }) => unknownRequest)
  }
  // The client may have lost its redirect URI since it pushed the request (RFC 9126 §7.4).
  if (redirectUriOf(request.redirectUri, client) === null) throw notRegistered()
  return request
}

function notRegistered(): AuthorizationPageError {
  return new AuthorizationPageError(({ unregisteredAddress }) => unregisteredAddress)
}

/**
 * Checks a request that a client pushes. The client is authenticated.
 *
 * @throws AuthorizationError for the client
 * @see [RFC 9126 §2.1](https://www.rfc-editor.org/rfc/rfc9126#section-2.1)
 */
export function readPushed(
  { parameters, resources: named, client }: ClientRequest,
  resources: readonly string[]
): AuthorizationRequest {
  const redirectUri = redirectUriOf(parameters.get('redirect_uri'), client)
  if (redirectUri === null) throw new AuthorizationError('invalid_request', 'The redirect_uri is not one of the client')
  return checkRequest({ values: parameters, resources: named, repeated: null }, client, redirectUri, resources)
}
