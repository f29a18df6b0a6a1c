import { fileURLToPath } from 'node:url'
import authorizationEndpoint from '@latchkey/authorization-endpoint'
import guard, { everyone } from '@latchkey/guard'
import session from '@latchkey/session'
import { memoryStore } from '@latchkey/store/memory'
import tokenEndpoint, { generateClientSecret, generateSigningKey } from '@latchkey/token-endpoint'
import Fastify, { type FastifyInstance } from 'fastify'

const scopes = { 'notes:read': 'Read notes', 'notes:write': 'Write notes' }

interface IssuerSettings {
  readonly issuer: string
  /** The MCP server. */
  readonly resource: string
  /** The host with the metadata documents of clients. */
  readonly documents: string
}

/** An authorization server with registration and metadata documents, where every browser that asks is logged in as ann. */
export async function buildIssuer({ issuer, resource, documents }: IssuerSettings): Promise<FastifyInstance> {
  const app = Fastify()
  const store = memoryStore()
  await app.register(guard, { scopes })
  await app.register(session, { secrets: [generateClientSecret().clientSecret], store, origin: issuer })
  await app.register(tokenEndpoint, {
    issuer,
    audience: issuer,
    resources: [resource],
    keys: [await generateSigningKey()],
    store
  })
  await app.register(authorizationEndpoint, {
    store,
    registration: true,
    clientDocuments: { insecureClientHosts: [documents] }
  })
  app.get<{ Querystring: { returnTo: string } }>('/login', { config: { access: everyone } }, async (request, reply) => {
    await reply.signIn({ subject: 'ann', scopes: Object.keys(scopes) })
    return reply.redirect(request.query.returnTo)
  })
  app.get('/callback', { config: { access: everyone } }, async () => 'Back at the client')
  return app
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const settings = JSON.parse(process.env['SERVERS'] ?? '{}') as IssuerSettings // the test sets it
  const app = await buildIssuer(settings)
  await app.listen({ port: Number(new URL(settings.issuer).port), host: 'localhost' })
  console.log('listening')
}
