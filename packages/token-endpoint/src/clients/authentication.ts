import type { FastifyRequest } from 'fastify'
import { noteClient } from './asking-client.ts'
import { isBasic, isBlank, parseBasic } from './basic-credentials.ts'
import type { Client } from './client.ts'
import type { ClientAuthenticationMethod, ClientDirectory } from './directory.ts'
import { verifyClientSecret } from './secret.ts'
import { TokenError } from '../errors.ts'

interface Presented {
  readonly clientId: string | undefined
  readonly clientSecret: string | undefined
  /** The same secret without form-decoding. At most one of the two is right. Default: there is no second reading. */
  readonly secretAsSent?: string
  readonly method: ClientAuthenticationMethod
}

/**
 * The client of a request. A confidential client has authenticated; a public client has only sent its identifier. Unknown,
 * disabled and unauthenticated clients get the same answer, at the same cost. Wrong secrets are counted, also those of unknown
 * clients. After too many, the client is not looked up and the secret is not compared.
 *
 * @throws TokenError `invalid_client`; `invalid_request` when the request authenticates in two ways at once; 429 after too many
 * wrong secrets
 * @see [RFC 6749 §2.3](https://www.rfc-editor.org/rfc/rfc6749#section-2.3), [RFC 6749 §2.3.1](https://www.rfc-editor.org/rfc/rfc6749#section-2.3.1)
 */
export async function authenticateClient(
  request: FastifyRequest,
  parameters: ReadonlyMap<string, string>,
  directory: ClientDirectory
): Promise<Client> {
  const presented = presentedBy(request, parameters)
  const clientId = presented.clientId ?? directory.defaultClientId
  if (clientId === undefined) throw unauthenticated()
  const check = async (): Promise<Client | null> => authenticate(clientId, presented, directory)
  const isGuess = presented.clientSecret !== undefined
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

function presentedBy(request: FastifyRequest, parameters: ReadonlyMap<string, string>): Presented {
  const { authorization } = request.headers
  const clientId = parameters.get('client_id')
  const clientSecret = parameters.get('client_secret')
  const basic = isBasic(authorization) ? parseBasic(authorization) : undefined
  if (basic === null) throw unauthenticated()
  if (countOf('authorization', request.raw.rawHeaders) > 1) throw twice()
  if (basic === undefined || isBlank(basic)) {
    if (clientId === undefined && clientSecret !== undefined) {
      throw new TokenError('invalid_request', 'client_id is missing')
    }
    return { clientId, clientSecret, method: clientSecret === undefined ? 'none' : 'client_secret_post' }
  }
  if (clientSecret !== undefined || (clientId !== undefined && clientId !== basic.clientId)) throw twice()
  if (basic.clientSecret === '') return { clientId: basic.clientId, clientSecret: undefined, method: 'none' }
  return { ...basic, method: 'client_secret_basic' }
}

async function authenticate(
  clientId: string,
  presented: Presented,
  directory: ClientDirectory
): Promise<Client | null> {
  const client = await directory.find(clientId)
  const { clientSecret = '', secretAsSent = clientSecret } = presented
  const proofs = [clientSecret, secretAsSent].map((secret) => verifyClientSecret(secret, client?.clientSecretHash))
  const proved = proofs.includes(true)
  return client !== undefined && suffices(client, presented, proved) ? client : null
}

function suffices(client: Client, presented: Presented, proved: boolean): boolean {
  if (client.clientSecretHash === undefined) return presented.method === 'none'
  return proved && (client.tokenEndpointAuthMethod ?? presented.method) === presented.method
}

// Node keeps the first of two Authorization headers and drops the second without an error.
function countOf(header: string, rawHeaders: readonly string[]): number {
  return rawHeaders.filter((name, index) => index % 2 === 0 && name.toLowerCase() === header).length
}

function unauthenticated(): TokenError {
  return new TokenError('invalid_client', 'The client is unknown or did not authenticate')
}

function twice(): TokenError {
  return new TokenError('invalid_request', 'The client must be named, and authenticate, in one way only')
}
