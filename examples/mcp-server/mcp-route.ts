import { allOf, InsufficientScopeError } from '@latchkey/guard'
import { type AuthInfo, createMcpHandler } from '@modelcontextprotocol/server'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { notesServer, toolScopes } from './notes.ts'

/** The scopes of the tools, in words for people. */
export const scopes = { 'notes:read': 'Read notes', 'notes:write': 'Write notes' }

/** Adds the route of the MCP server: its path is that of its resource identifier. */
export function addMcpRoute(app: FastifyInstance, resource: string): void {
  const notes = ['The key is under the mat']
  const mcp = createMcpHandler(({ authInfo }) => notesServer(notes, String(authInfo?.clientId)))
  app.route({
    method: ['GET', 'POST', 'DELETE'],
    url: new URL(resource).pathname,
    config: { access: allOf('notes:read') },
    handler: (request) => {
      checkTools(request)
      return mcp.fetch(asFetched(request, resource), { parsedBody: request.body, authInfo: authInfo(request) })
    }
  })
  app.addHook('onClose', () => mcp.close())
}

interface Call {
  readonly params?: { readonly name?: unknown } | null
}

/**
 * Refuses a call to a tool that the caller lacks the scope for: the client gets a new token and calls again. It is done before
 * the SDK answers, which makes of what a tool throws a result with status 200.
 */
function checkTools({ body, principal }: FastifyRequest): void {
  const calls = [body].flat() as (Call | null | undefined)[] // any JSON
  const wanted = calls.flatMap((call) => toolScopes.get(call?.params?.name) ?? [])
  if (!wanted.every((scope) => principal.scopes.has(scope))) throw new InsufficientScopeError(wanted)
}

/** The request as the MCP SDK takes it, but for the body, which Fastify has read. */
function asFetched({ method, url, headers }: FastifyRequest, resource: string): Request {
  const fields = Object.entries(headers).map(([name, value]): [string, string] => [name, String(value)])
  return new Request(new URL(url, resource), { method, headers: fields })
}

/** The facts about the caller that the tools get. They do not get the token. */
function authInfo({ principal }: FastifyRequest): AuthInfo {
  return { token: '', clientId: principal.subject, scopes: [...principal.scopes] }
}
