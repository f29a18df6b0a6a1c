import cors, { type FastifyCorsOptions } from '@fastify/cors'
import { like } from '@latchkey/exact'
import guard, { everyone, noAuthentication } from '@latchkey/guard'
import { memoryStore } from '@latchkey/store/memory'
import tokenEndpoint, { generateSigningKey } from '@latchkey/token-endpoint'
import Fastify, { type FastifyInstance, type HTTPMethods } from 'fastify'
import t, { type Test } from 'tap'

const listed = 'https://spa.example.com'
const unlisted = 'https://other.example'
const issuer = 'http://localhost:3000'
const keys = [await generateSigningKey()]
const documents = ['/.well-known/oauth-protected-resource', '/.well-known/oauth-authorization-server', '/jwks']
const forms = ['/token', '/revoke']
const OPEN = { 'access-control-allow-origin': '*', 'access-control-expose-headers': 'WWW-Authenticate, DPoP-Nonce' }
const OPEN_TO_REQUESTS = {
  ...OPEN,
  'access-control-allow-methods': 'GET, POST, DELETE',
  'access-control-allow-headers': 'authorization, content-type, dpop, mcp-protocol-version',
  'access-control-max-age': '600'
}

async function serverWith(t: Test, options: FastifyCorsOptions, open: boolean): Promise<FastifyInstance> {
  const app = Fastify()
  t.teardown(() => app.close())
  await app.register(cors, { origin: [listed], credentials: true, ...options })
  await app.register(guard, { resource: issuer, routes: { '*': noAuthentication } })
  await app.register(tokenEndpoint, { issuer, audience: issuer, keys, store: memoryStore() })
  if (open) {
    app.guard.openMetadataToOtherOrigins()
    app.tokenEndpoint.openToOtherOrigins()
  }
  app.get('/items', { config: { access: everyone } }, async () => 'items')
  return app
}

async function ask(
  app: FastifyInstance,
  method: HTTPMethods,
  url: string,
  origin: string
): Promise<{ status: number; cors: Record<string, unknown> }> {
  const preflight = { 'access-control-request-method': 'GET', 'access-control-request-headers': 'dpop' }
  const answer = await app.inject({
    method: method as 'GET', // inject knows fewer methods by type
    url,
    headers: { origin, ...(method === 'OPTIONS' && preflight) }
  })
  const sent = Object.entries(answer.headers).filter(([name]) => name.startsWith('access-control-'))
  return { status: answer.statusCode, cors: Object.fromEntries(sent) }
}

t.test('@fastify/cors decides while the endpoints are closed, preflights included (SEC-72)', async (t) => {
  const app = await serverWith(t, {}, false)
  for (const url of [...documents, '/items']) {
    like(t, await ask(app, 'OPTIONS', url, listed), {
      status: 204,
      cors: {
        'access-control-allow-origin': listed,
        'access-control-allow-credentials': 'true',
        'access-control-allow-headers': 'dpop'
      }
    })
    for (const method of ['GET', 'OPTIONS'] as const) {
      const { cors } = await ask(app, method, url, unlisted)
      t.equal(cors['access-control-allow-origin'], undefined, `${method} ${url}`)
    }
  }
})

for (const [name, options] of Object.entries<FastifyCorsOptions>({
  'by default': {},
  'with a preflight that continues': { preflightContinue: true },
  'without preflights': { preflight: false },
  'in a later hook': { hook: 'preHandler' },
  'with every origin reflected': { origin: true, exposedHeaders: ['x-own'] }
})) {
  t.test(`open endpoints answer beside @fastify/cors ${name}, without credentials (SEC-72)`, async (t) => {
    const app = await serverWith(t, options, true)
    for (const origin of [listed, unlisted]) {
      for (const url of documents) t.same(await ask(app, 'GET', url, origin), { status: 200, cors: OPEN }, url)
      for (const url of forms) t.same(await ask(app, 'POST', url, origin), { status: 400, cors: OPEN }, url)
      for (const url of [...documents, ...forms]) {
        t.same(await ask(app, 'OPTIONS', url, origin), { status: 204, cors: OPEN_TO_REQUESTS }, `OPTIONS ${url}`)
      }
      const { cors } = await ask(app, 'GET', '/items', origin)
      const isListed = origin === listed || options.origin === true
      t.equal(cors['access-control-allow-origin'], isListed ? origin : undefined, 'a route of the application')
    }
  })
}
