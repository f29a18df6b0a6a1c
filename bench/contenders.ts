import bearer from '@latchkey/bearer'
import guard, { allOf, everyone } from '@latchkey/guard'
import { memoryStore } from '@latchkey/store/memory'
import tokenEndpoint, { generateSigningKey } from '@latchkey/token-endpoint'
import Fastify, { type FastifyInstance } from 'fastify'

const origin = 'https://api.example.com'

/** A server and the request that is sent to it again and again. */
export interface Contender {
  readonly app: FastifyInstance
  readonly token: string | null
  /** The status that every answer must have: a wrong one is no result. */
  readonly status: number
}

/** What is compared: each answers `GET /` with the same text, or refuses to. */
export const contenders: Readonly<Record<string, () => Promise<Contender>>> = {
  bare: async () => ({ app: server(), token: await token('items:read'), status: 200 }),
  'guard, open route': async () => {
    const app = Fastify()
    await app.register(guard)
    app.get('/', { config: { access: everyone } }, hello)
    return { app, token: await token('items:read'), status: 200 }
  },
  'bearer, EdDSA': async () => guarded('items:read', 200),
  'bearer, too little scope': async () => guarded('other', 403),
  'bearer, no token': async () => ({ ...(await guarded('items:read', 401)), token: null })
}

async function hello(): Promise<string> {
  return 'hello'
}

function server(): FastifyInstance {
  const app = Fastify()
  app.get('/', hello)
  return app
}

async function guarded(scope: string, status: number): Promise<Contender> {
  const app = Fastify()
  await app.register(guard)
  await app.register(tokenEndpoint, {
    issuer: origin,
    audience: origin,
    keys: [await generateSigningKey()],
    store: memoryStore()
  })
  await app.register(bearer, { issuers: [app.tokenEndpoint] })
  app.get('/', { config: { access: allOf('items:read') } }, hello)
  await app.ready()
  const issued = await app.tokenEndpoint.issue({ subject: 'ann', clientId: 'bench', scopes: [scope] })
  return { app, token: issued, status }
}

/** A token of the usual size for the server that does not read it. */
async function token(scope: string): Promise<string | null> {
  const { app, token } = await guarded(scope, 200)
  await app.close()
  return token
}
