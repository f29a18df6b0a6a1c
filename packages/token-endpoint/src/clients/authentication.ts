import type { FastifyRequest } from 'fastify'
import { noteClient } from './asking-client.ts'
import { type ClientPassword, clientPasswordOf } from './client-password.ts'
import type { Client } from './client.ts'
import type { ClientDirectory } from './directory.ts'
import { verifyClientSecret } from './secret.ts'
import { TokenError } from '../errors.ts'

/**
 * The client of a request. A confidential client has authenticated; a public client has only sent its identifier. Unknown,
 * disabled and unauthenticated clients get the same answer, at the same cost. Wrong secrets are counted, also those of unknown
 * clients. After too many, the client is not looked up and the secret is not compared.
 *
 * @throws TokenError `invalid_client`; `invalid_request` when the request authenticates in two ways at once; 429 after too many
 * wrong secrets
 * @see [RFC 6749 §2.3](https://www.rfc-editor.org/rfc/rfc6749#section-2.3)
 */
export async function authenticateClient(
  request: FastifyRequest,
  parameters: ReadonlyMap<string, string>,
  directory: ClientDirectory
): Promise<Client> {
  const password = clientPasswordOf(request, parameters)
  const clientId = password?.clientId ?? directory.defaultClientId
  if (password === null || clientId === undefined) throw unauthenticated()
  const check = async (): Promise<Client | null> => authenticate(clientId, password, directory)
  const isGuess = password.clientSecret !== undefined
  const guess = { account: clientId, clientId, request }
  const client = isGuess ? await directory.throttle.attempt(guess, check) : await check()
  if (client === null) throw unauthenticated()
  noteClient(request, client.clientId)
  return client
}

/**
 * The client of a request, if the client has authenticated.
 *
 * @throws TokenError as {@link authenticateClient} does, and `invalid_client` for a public client
 */
export async function authenticateConfidentialClient(
  request: FastifyRequest,
  parameters: ReadonlyMap<string, string>,
  directory: ClientDirectory
): Promise<Client> {
  const client = await authenticateClient(request, parameters, directory)
  if (client.clientSecretHash === undefined) throw unauthenticated()
  return client
}

async function authenticate(
  clientId: string,
  password: ClientPassword,
  directory: ClientDirectory
): Promise<Client | null> {
  const client = await directory.find(clientId)
  const { clientSecret = '', secretAsSent = clientSecret } = password
  // Both are compared, also when the first is right: each request takes the same time.
  const results = [clientSecret, secretAsSent].map((secret) => verifyClientSecret(secret, client?.clientSecretHash))
  return client !== undefined && suffices(client, password, results.includes(true)) ? client : null
}

function suffices(client: Client, { method }: ClientPassword, isSecretRight: boolean): boolean {
  if (client.clientSecretHash === undefined) return method === 'none'
  return isSecretRight && (client.tokenEndpointAuthMethod ?? method) === method
}

function unauthenticated(): TokenError {
  return new TokenError('invalid_client', 'The client is unknown or did not authenticate')
}
