import { fileURLToPath } from 'node:url'
import bearer from '@latchkey/bearer'
import guard, { allOf } from '@latchkey/guard'
import Fastify, { type FastifyInstance } from 'fastify'
import { openAuthorizationServer } from '../authorization-server.ts'
import { stopOnSignal } from '../stopping.ts'

/** The settings of the server. */
export interface ResourceServer {
  /** The audience of the tokens: the issuer's name for this API. */
  readonly audience: string
  /** The issuer of the tokens. Its metadata leads to its keys. */
  readonly issuer: string
}

/** An API that accepts the tokens of an issuer elsewhere. */
export async function build({ audience, issuer }: ResourceServer, app = Fastify()): Promise<FastifyInstance> {
  await app.register(guard, {
    scopes: { 'items:read': 'Read items', 'items:write': 'Change items' },
    implies: { 'items:write': ['items:read'] }
  })
  await app.register(bearer, { issuers: [{ issuer, audience }] })

  const items = ['a brass key']
  app.get('/items', { config: { access: allOf('items:read') } }, async () => items)
  app.post<{ Body: { name: string } }>(
    '/items',
    {
      config: { access: allOf('items:write') },
      schema: { body: { type: 'object', required: ['name'], properties: { name: { type: 'string' } } } }
    },
    async (request, reply) => {
      items.push(request.body.name)
      request.log.info({ by: request.principal.subject }, 'one more item')
      return reply.code(201).send(items)
    }
  )
  return app
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const port = Number(process.env.PORT ?? 3000)
  const audience = process.env.AUDIENCE ?? `http://localhost:${port}`
  const app = Fastify({ logger: { level: 'info' } })
  stopOnSignal(app)
  let issuer = process.env.ISSUER
  if (!issuer) {
    const running = await openAuthorizationServer(`http://localhost:${port + 1}`, {
      [audience]: 'items:read items:write'
    })
    const rotation = setInterval(() => void running.rotateKeys(), 60_000)
    app.addHook('onClose', async () => {
      clearInterval(rotation)
      await running.close()
    })
    issuer = running.issuer
    console.log(`Get a token; it is good until the keys rotate, which they do each minute:
  curl -u ${running.clientId}:${running.clientSecret} -d grant_type=client_credentials -d scope=items:read ${issuer}/token`)
  }
  await build({ audience, issuer }, app)
  await app.listen({ port, host: 'localhost' })
  console.log(`Then ask for http://localhost:${port}/items with it: curl -H "Authorization: Bearer ..."`)
}
