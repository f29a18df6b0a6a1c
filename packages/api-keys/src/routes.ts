import { allOf, authenticated, InsufficientScopeError, neverStored, recentLogin } from '@latchkey/guard'
import { protocolRoute, sendProtocolAnswer } from '@latchkey/guard/plugin'
import { isRecord } from '@latchkey/options'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { ApiKeys } from './api-keys.ts'
import { documentation } from './documentation.ts'
import { ApiKeyNeedsSessionError, ApiKeyNotFoundError, ApiKeyRequestError } from './errors.ts'
import type { NewApiKey } from './new-key.ts'

/** The members of `app.sessions` that the routes use. `@latchkey/session` provides them. */
export interface Sessions {
  current(request: FastifyRequest): { readonly subject: string } | null
}

/** The settings and dependencies of the routes. */
export interface RoutesDependencies {
  readonly path: string
  readonly maxLoginAge: number
  readonly apiKeys: ApiKeys
  readonly sessions: Sessions
}

const MEMBERS = ['name', 'scopes', 'expiresAt']

/**
 * Adds the routes with which users manage their own keys. They take a session only: a stolen key must not create another key.
 * The guard refuses requests of pages of other origins.
 */
export function addRoutes(app: FastifyInstance, { path, maxLoginAge, apiKeys, sessions }: RoutesDependencies): void {
  // Runs after the guard, and before the body is read.
  const onRequest = async (request: FastifyRequest): Promise<void> => {
    if (sessions.current(request) === null) throw new ApiKeyNeedsSessionError()
  }

  protocolRoute(app, {
    method: 'GET',
    url: path,
    config: { access: authenticated },
    documentation: documentation.list,
    onRequest,
    handler: async (request, reply) => {
      neverStored(reply)
      return sendProtocolAnswer(reply, { body: { keys: await apiKeys.list(request.principal.subject) } })
    }
  })

  protocolRoute(app, {
    method: 'POST',
    url: path,
    config: { access: allOf(authenticated, recentLogin({ maxAge: maxLoginAge })) },
    documentation: documentation.create,
    onRequest,
    handler: async (request, reply) => {
      const created = await apiKeys.create(wantedKey(request))
      neverStored(reply)
      return sendProtocolAnswer(reply, { statusCode: 201, body: created })
    }
  })

  protocolRoute(app, {
    method: 'DELETE',
    url: `${path}/:id`,
    config: { access: authenticated },
    documentation: documentation.revoke,
    onRequest,
    handler: async (request, reply) => {
      const { id } = request.params as { readonly id: string } // the URL of the route has it
      if (!(await apiKeys.revoke(request.principal.subject, id))) throw new ApiKeyNotFoundError()
      return sendProtocolAnswer(reply, { statusCode: 204, body: null })
    }
  })
}

/** The key that a user asks for. It has no more scopes than the session: without `permissions`, nothing else would limit it. */
function wantedKey({ body, principal: { subject, scopes: held } }: FastifyRequest): NewApiKey {
  if (!isRecord(body)) throw new ApiKeyRequestError('The body must be a JSON object with name and scopes')
  if (Object.keys(body).some((name) => !MEMBERS.includes(name))) {
    throw new ApiKeyRequestError(`The body must have no members other than ${MEMBERS.join(', ')}`)
  }
  const { scopes } = body
  const lacking = Array.isArray(scopes) ? scopes.filter((scope) => typeof scope === 'string' && !held.has(scope)) : []
  if (lacking.length > 0) throw new InsufficientScopeError(lacking)
  // Cast: `create` checks each member.
  return { ...body, subject } as unknown as NewApiKey
}
