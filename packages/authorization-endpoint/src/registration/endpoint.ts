// Dynamic client registration: public clients register themselves, and read and delete their registration.
// https://www.rfc-editor.org/rfc/rfc7591, https://www.rfc-editor.org/rfc/rfc7592
import { InvalidTokenError, UnavailableError } from '@latchkey/guard'
import { NEVER_STORED, pathIn, sendProtocolAnswer, sha256 } from '@latchkey/guard/plugin'
import type { RecordStore } from '@latchkey/store'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { type ClientMetadataLimits, publicClient } from '../client-metadata.ts'
import { readMetadata } from './body.ts'
import { tellAuthorization } from '../events.ts'
import { requestLimit } from '../request-limit.ts'
import { addRoutes } from './routes.ts'
import type { ResolvedRegistration } from './options.ts'
import { registeredClients } from './registered-clients.ts'
import { clientInformation } from './response.ts'
import { bearerToken, isTokenOf } from './token.ts'

export interface RegistrationDependencies {
  readonly records: RecordStore
  /** The store's time in seconds since the epoch. */
  readonly seconds: () => number
  readonly isOpenToOtherOrigins: boolean
}

const FULL_RETRY = 3600

/** Adds the registered clients to the token endpoint, the endpoint where clients register, and the member of the metadata. */
export async function addRegistration(
  app: FastifyInstance,
  { path, initialAccessToken, most, perMinute }: ResolvedRegistration,
  { records, seconds, isOpenToOtherOrigins }: RegistrationDependencies
): Promise<void> {
  const { tokenEndpoint, guard } = app
  const limits: ClientMetadataLimits = { grantTypes: () => tokenEndpoint.grantTypes, scopes: guard.scopes }
  const clients = registeredClients(records, most, seconds)
  const count = requestLimit(tokenEndpoint, 'client registrations', perMinute)
  const initialHash = initialAccessToken === undefined ? null : sha256(initialAccessToken)
  const url = new URL(pathIn(app, path), tokenEndpoint.issuer).href
  const sent = new WeakMap<FastifyRequest, unknown>()

  tokenEndpoint.addClients(async (clientId) => clients.find(clientId))
  tokenEndpoint.addMetadata(() => ({ registration_endpoint: url }))
  await app.register(async (child) => {
    const paths = [
      { url: path, handlers: { POST: register }, onRequest: admit },
      { url: `${path}/:clientId`, handlers: { GET: read, DELETE: remove } }
    ]
    await addRoutes(child, paths, () => isOpenToOtherOrigins)
  })

  /** An `onRequest` hook: the body is read before hooks of the application can change it, and not at all for too many. */
  async function admit(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    await count(request)
    if (initialHash !== null && !isTokenOf(initialHash, bearerToken(request) ?? '')) throw unauthorized(request, reply)
    sent.set(request, await readMetadata(request))
  }

  async function register(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const added = await clients.add((clientId) => publicClient(clientId, sent.get(request), limits))
    if (added === null) throw new UnavailableError('There are too many registered clients', { retryAfter: FULL_RETRY })
    const { clientId } = added.client
    tellAuthorization(
      { kind: 'client-registered', clientId },
      { log: request.log, message: 'A client registered itself' }
    )
    const body = clientInformation(added, added.registrationAccessToken, url)
    return sendProtocolAnswer(reply, { statusCode: 201, headers: NEVER_STORED, body })
  }

  async function read(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const token = bearerToken(request) ?? ''
    const found = await clients.read(clientIdIn(request), token)
    if (found === null) throw unauthorized(request, reply)
    return sendProtocolAnswer(reply, { headers: NEVER_STORED, body: clientInformation(found, token, url) })
  }

  async function remove(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const clientId = clientIdIn(request)
    if (!(await clients.remove(clientId, bearerToken(request) ?? ''))) throw unauthorized(request, reply)
    tellAuthorization({ kind: 'client-removed', clientId }, { log: request.log, message: 'A client removed itself' })
    return sendProtocolAnswer(reply, { statusCode: 204, headers: NEVER_STORED, body: null })
  }
}

function clientIdIn({ params }: FastifyRequest): string {
  return (params as { clientId: string }).clientId // its route has the parameter
}

/** @see [RFC 6750 §3](https://www.rfc-editor.org/rfc/rfc6750#section-3) */
function unauthorized(request: FastifyRequest, reply: FastifyReply): InvalidTokenError {
  reply.header('www-authenticate', bearerToken(request) === null ? 'Bearer' : 'Bearer error="invalid_token"')
  return new InvalidTokenError('The token is missing, or not for this client')
}
