import { fileURLToPath } from 'node:url'
import bearer from '@latchkey/bearer'
import guard from '@latchkey/guard'
import Fastify, { type FastifyInstance } from 'fastify'
import { openAuthorizationServer } from '../authorization-server.ts'
import { stopOnSignal } from '../stopping.ts'
import { addMcpRoute, scopes } from './mcp-route.ts'

/** The settings of the server. */
export interface NotesServer {
  /** Where MCP clients find it: the name that it goes by, and the audience of its tokens. */
  readonly resource: string
  /** The authorization server that clients are sent to. */
  readonly issuer: string
}

/** An MCP server for clients with a token of another server. The 401 tells a client without a token where to get one. */
export async function build({ resource, issuer }: NotesServer, app = Fastify()): Promise<FastifyInstance> {
  await app.register(guard, { resource, scopes, implies: { 'notes:write': ['notes:read'] } })
  await app.register(bearer, { issuers: [{ issuer, audience: resource }] })
  addMcpRoute(app, resource)
  return app
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
