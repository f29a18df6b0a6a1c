import { fileURLToPath } from 'node:url'
import bearer from '@latchkey/bearer'
import guard, { allOf, InsufficientScopeError } from '@latchkey/guard'
import { type AuthInfo, createMcpHandler } from '@modelcontextprotocol/server'
import Fastify, { type FastifyInstance, type FastifyRequest } from 'fastify'
import { openAuthorizationServer } from '../authorization-server.ts'
import { stopOnSignal } from '../stopping.ts'
import { notesServer, toolScopes } from './notes.ts'

/** The settings of the server. */
export interface NotesServer {
  /** Where MCP clients find it: the name that it goes by, and the audience of its tokens. */
  readonly resource: string
  /** The authorization server that clients are sent to. */
  readonly issuer: string
}

/** An MCP server for clients with a token. The 401 tells a client without a token where to get one. */
export async function build({ resource, issuer }: NotesServer, app = Fastify()): Promise<FastifyInstance> {
  await app.register(guard, {
    resource,
    scopes: { 'notes:read': 'Read notes', 'notes:write': 'Write notes' },
    implies: { 'notes:write': ['notes:read'] }
  })
  await app.register(bearer, { issuers: [{ issuer, audience: resource }] })

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
  return app
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

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const port = Number(process.env.PORT ?? 3000)
  const resource = process.env.RESOURCE ?? `http://localhost:${port}/mcp`
  const app = Fastify({ logger: { level: 'warn' } })
  stopOnSignal(app)
  let issuer = process.env.ISSUER
  if (!issuer) {
    const running = await openAuthorizationServer(`http://localhost:${port + 1}`, {
      [resource]: 'notes:read notes:write'
    })
    app.addHook('onClose', () => running.close())
    issuer = running.issuer
    console.log(`An MCP client may log in as ${running.clientId} with the secret ${running.clientSecret}`)
  }
  await build({ resource, issuer }, app)
  await app.listen({ port, host: 'localhost' })
  console.log(`The MCP server is at ${resource}`)
}
