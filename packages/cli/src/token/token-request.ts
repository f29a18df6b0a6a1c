import * as oauth from 'oauth4webapi'
import { isProtectedUrl, parseUrl } from '@latchkey/options'
import { CommandError } from '../command-error.ts'

/** In milliseconds. */
const TIMEOUT = 10_000

/** A request for a token by a client, and for a user if there is one. */
export interface TokenRequest {
  readonly clientId: string
  /** Not set for a public client. */
  readonly clientSecret?: string | undefined
  readonly user?: { readonly username: string; readonly password: string } | undefined
  readonly scope?: string | undefined
  readonly resource?: string | undefined
}

/** How requests are sent: with `fetch`, or to a server in another process. */
export type Send = (url: string, init: oauth.CustomFetchOptions<'POST', URLSearchParams>) => Promise<Response>

/**
 * Requests a token.
 *
 * @throws CommandError with exit code 1 when the server refuses, with 2 when it does not answer as a token endpoint does
 */
export async function requestToken(
  server: oauth.AuthorizationServer,
  request: TokenRequest,
  send: Send
): Promise<oauth.TokenEndpointResponse> {
  const { clientId, clientSecret, user, scope, resource } = request
  const client: oauth.Client = { client_id: clientId }
  const authentication = clientSecret === undefined ? oauth.None() : oauth.ClientSecretBasic(clientSecret)
  const parameters = new URLSearchParams({
    ...(user && { username: user.username, password: user.password }),
    ...(scope !== undefined && { scope }),
    ...(resource !== undefined && { resource })
  })
  const options = {
    [oauth.customFetch]: send,
    // eslint-disable-next-line @typescript-eslint/no-deprecated -- plain http is for loopback: findServer() refuses other hosts
    [oauth.allowInsecureRequests]: true,
    signal: AbortSignal.timeout(TIMEOUT)
  }
  try {
    const grantType = user === undefined ? 'client_credentials' : 'password'
    const answer = await oauth.genericTokenEndpointRequest(
      server,
      client,
      authentication,
      grantType,
      parameters,
      options
    )
    return await oauth.processGenericTokenEndpointResponse(server, client, answer)
  } catch (error) {
    throw failure(error)
  }
}

/**
 * Finds the token endpoint of a URL: that of an issuer with metadata (RFC 8414), or else the URL itself.
 *
 * @throws CommandError for a URL that is not protected, and when the server does not answer
 */
export async function findServer(given: string): Promise<oauth.AuthorizationServer> {
  const url = parseUrl(given)
  if (url === null || !isProtectedUrl(url)) {
    throw new CommandError('the URL must be https, or http on a loopback host such as localhost')
  }
  const signal = AbortSignal.timeout(TIMEOUT)
  // eslint-disable-next-line @typescript-eslint/no-deprecated -- plain http is for loopback, as checked above
  const options = { algorithm: 'oauth2', [oauth.allowInsecureRequests]: true, signal } as const
  const answer = await oauth.discoveryRequest(url, options).catch((error: unknown) => {
    throw failure(error)
  })
  if (answer.status !== 200) return { issuer: url.origin, token_endpoint: url.href }
  return oauth.processDiscoveryResponse(url, answer).then(protectedEndpoint, (error: unknown) => {
    throw failure(error)
  })
}

function protectedEndpoint(server: oauth.AuthorizationServer): oauth.AuthorizationServer {
  const endpoint = parseUrl(server.token_endpoint ?? '')
  if (endpoint !== null && isProtectedUrl(endpoint)) return server
  throw new CommandError('the metadata of the server has no token_endpoint that is https, or http on a loopback host')
}

function failure(error: unknown): CommandError {
  if (error instanceof oauth.ResponseBodyError) {
    const { error: code, error_description: description = 'without a description' } = error
    return new CommandError(`the server refused: ${JSON.stringify(`${code}: ${description}`)}`, {
      exitCode: 1,
      cause: error
    })
  }
  if (error instanceof oauth.WWWAuthenticateChallengeError) {
    return new CommandError(`the server refused the client with ${error.status}`, { exitCode: 1, cause: error })
  }
  return new CommandError(`the server gave no token: ${(error as Error).message}`, { cause: error })
}
