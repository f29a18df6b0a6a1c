import Fastify, { type FastifyInstance, type HTTPMethods } from 'fastify'
import t from 'tap'
import { like, throwsLike } from '@latchkey/exact'
import guard, { everyone, noAuthentication } from '@latchkey/guard'
import { addPreflightRoute, type ProtocolRoute, protocolRoute, sendProtocolAnswer } from '@latchkey/guard/plugin'

const origin = 'https://spa.example.com'
const metadata = '/.well-known/oauth-protected-resource'
const resource = 'https://api.example.com'
const preflight = {
  origin,
  'access-control-request-method': 'GET',
  'access-control-request-headers': 'authorization, mcp-protocol-version'
}
const OPEN = {
  'access-control-allow-origin': '*',
  'access-control-expose-headers': 'WWW-Authenticate, DPoP-Nonce'
}
const OPEN_TO_REQUESTS = {
  ...OPEN,
  'access-control-allow-methods': 'GET, POST, DELETE',
  'access-control-allow-headers': 'authorization, content-type, dpop, mcp-protocol-version',
  'access-control-max-age': '600'
}

/** The CORS headers of an answer. */
function corsOf({ headers }: { headers: object }): object {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => name.startsWith('access-control-')))
}

function documentAt(url: string, isOpen: () => boolean, more: Partial<ProtocolRoute> = {}): ProtocolRoute {
  return {
    method: 'GET',
    url,
    config: { access: noAuthentication, otherRules: 'ignored' },
    isOpenToOtherOrigins: isOpen,
    handler: async (_request, reply) => sendProtocolAnswer(reply, { body: { a: 1 } }),
    ...more
  }
}

async function withResource(open: boolean): Promise<FastifyInstance> {
  const app = Fastify()
  await app.register(guard, { resource })
  app.get('/items', { config: { access: everyone } }, async () => 'items')
  if (open) app.guard.openMetadataToOtherOrigins()
  return app
}

t.test('the metadata of the resource are closed to other origins by default (SEC-72)', async (t) => {
  const app = await withResource(false)
  for (const method of ['GET', 'HEAD', 'OPTIONS'] as const) {
    const answer = await app.inject({ method, url: metadata, headers: preflight })
    t.same([answer.statusCode, corsOf(answer)], [method === 'OPTIONS' ? 404 : 200, {}], method)
  }
  t.notOk(app.hasRoute({ method: 'OPTIONS', url: metadata }))
  t.same(
    app.guard.routes().map(({ method, url }) => `${String(method)} ${url}`),
    [`GET ${metadata}`, `HEAD ${metadata}`, 'GET /items', 'HEAD /items']
  )
})

t.test('a closed endpoint leaves OPTIONS to the general route of the application (SEC-72)', async (t) => {
  const app = Fastify()
  app.options('*', { config: { access: noAuthentication } }, async (_request, reply) => reply.code(204).send())
  await app.register(guard, { resource })
  protocolRoute(
    app,
    documentAt('/jwks', () => false)
  )
  app.options('/jwks', { config: { access: noAuthentication } }, async () => 'own')
  like(t, await app.inject({ method: 'OPTIONS', url: metadata, headers: preflight }), { statusCode: 204, body: '' })
  like(t, await app.inject({ method: 'OPTIONS', url: '/jwks', headers: preflight }), { statusCode: 200, body: 'own' })
})

t.test(
  'openMetadataToOtherOrigins() opens the metadata and no other route, without credentials (SEC-72)',
  async (t) => {
    const app = await withResource(true)
    app.guard.openMetadataToOtherOrigins()
    for (const method of ['GET', 'HEAD'] as const) {
      for (const headers of [{}, { origin }, { origin, cookie: 'session=x' }, { origin: 'null' }]) {
        const answer = await app.inject({ method, url: metadata, headers })
        t.same([answer.statusCode, corsOf(answer)], [200, OPEN])
        t.equal(answer.headers['cache-control'], 'public, max-age=300')
        t.equal(answer.headers.vary, undefined, 'the answer does not depend on the origin')
        t.equal(answer.headers['set-cookie'], undefined)
        if (method === 'GET') t.same(answer.json(), { resource })
      }
    }
    const asked = await app.inject({ method: 'OPTIONS', url: metadata, headers: preflight })
    t.same([asked.statusCode, asked.body, corsOf(asked)], [204, '', OPEN_TO_REQUESTS])

    for (const url of ['/items', `${metadata}/x`, '/none']) {
      for (const method of ['GET', 'OPTIONS'] as const) {
        t.same(corsOf(await app.inject({ method, url, headers: preflight })), {}, `${method} ${url}`)
      }
    }
  }
)

t.test('openMetadataToOtherOrigins() needs no resource, and comes before the server is ready', async (t) => {
  const without = Fastify()
  await without.register(guard)
  without.guard.openMetadataToOtherOrigins()
  t.equal((await without.inject(metadata)).statusCode, 404)

  const ready = await withResource(false)
  await ready.ready()
  throwsLike(t, () => ready.guard.openMetadataToOtherOrigins(), { code: 'FST_ERR_INSTANCE_ALREADY_LISTENING' })
})

for (const identifier of [`${resource}/v1`, `${resource}/urn:x`]) {
  t.test(`opens the metadata of ${identifier} for a guard under a prefix (SEC-72)`, async (t) => {
    const app = Fastify()
    const path = `${metadata}${new URL(identifier).pathname}`
    app.register(
      async (child) => {
        await child.register(guard, { resource: identifier })
        child.guard.openMetadataToOtherOrigins()
      },
      { prefix: '/v1' }
    )
    t.same(corsOf(await app.inject(path)), OPEN)
    const asked = await app.inject({ method: 'OPTIONS', url: path, headers: preflight })
    t.same([asked.statusCode, corsOf(asked)], [204, OPEN_TO_REQUESTS])
  })
}

t.test('only a preflight gets the answer of a preflight (SEC-72)', async (t) => {
  const app = await withResource(true)
  for (const headers of [{}, { origin }, { 'access-control-request-method': 'GET' }]) {
    const answer = await app.inject({ method: 'OPTIONS', url: metadata, headers })
    t.same([answer.statusCode, corsOf(answer)], [404, OPEN])
  }
  const get = await app.inject({ url: metadata, headers: preflight })
  t.same([get.statusCode, corsOf(get)], [200, OPEN])
})

t.test('adds no preflight route where the application has an OPTIONS route (SEC-72)', async (t) => {
  for (const prefix of ['', '/v1']) {
    const app = Fastify()
    const own = async (): Promise<string> => 'own'
    app.options(`${prefix}/jwks`, own)
    if (prefix !== '') app.options('/keys', own)
    app.register(
      async (child) => {
        protocolRoute(
          child,
          documentAt('/jwks', () => true)
        )
        protocolRoute(
          child,
          documentAt('/keys', () => true)
        )
      },
      { prefix }
    )
    const theirs = await app.inject({ method: 'OPTIONS', url: `${prefix}/jwks`, headers: preflight })
    t.same([theirs.body, corsOf(theirs)], ['own', {}], 'the route of the application is not changed')
    t.same(corsOf(await app.inject(`${prefix}/jwks`)), OPEN)
    const ours = await app.inject({ method: 'OPTIONS', url: `${prefix}/keys`, headers: preflight })
    t.same([ours.statusCode, corsOf(ours)], [204, OPEN_TO_REQUESTS], 'a route of the same name without the prefix')
  }
})

t.test('an endpoint that is opened later gets its preflight route then, and is asked at each request', async (t) => {
  const app = Fastify()
  let isOpen = false
  const route = documentAt('/jwks', () => isOpen, { documentation: { summary: 'Keys' } })
  protocolRoute(app, route)
  addPreflightRoute(app, route)
  const asked = async (): Promise<unknown[]> => {
    const { statusCode, headers } = await app.inject({ method: 'OPTIONS', url: '/jwks', headers: preflight })
    return [statusCode, corsOf(await app.inject('/jwks')), corsOf({ headers })]
  }
  t.same(await asked(), [404, {}, {}])
  isOpen = true
  t.same(await asked(), [204, OPEN, OPEN_TO_REQUESTS])
})

t.test('opens every answer of its routes: errors, refusals by hooks, other methods (SEC-72)', async (t) => {
  const app = Fastify()
  app.addHook('onRequest', async (request, reply) => {
    if (request.headers['x-refuse'] === 'throw') throw Object.assign(new Error('slower'), { statusCode: 429 })
    if (request.headers['x-refuse'] === 'answer') return reply.code(503).send('busy')
    return undefined
  })
  const methods: HTTPMethods[] = ['POST', 'PUT', 'OPTIONS']
  const fails = async (): Promise<never> => Promise.reject(Object.assign(new Error('no'), { statusCode: 405 }))
  protocolRoute(
    app,
    documentAt('/token', () => true, {
      method: methods,
      onRequest: fails,
      errorHandler: async (_error, _request, reply) => sendProtocolAnswer(reply, { statusCode: 405, body: { a: 1 } })
    })
  )
  protocolRoute(
    app,
    documentAt('/gone', () => true, {
      handler: async (_request, reply) => sendProtocolAnswer(reply, { statusCode: 404, body: { a: 1 } })
    })
  )
  for (const [method, url, headers, status] of [
    ['POST', '/token', {}, 405],
    ['PUT', '/token', {}, 405],
    ['OPTIONS', '/token', { origin }, 405],
    ['GET', '/gone', {}, 404],
    ['HEAD', '/gone', {}, 404],
    ['POST', '/token', { 'x-refuse': 'throw' }, 405],
    ['GET', '/gone', { 'x-refuse': 'throw' }, 429],
    ['GET', '/gone', { 'x-refuse': 'answer' }, 503]
  ] as const) {
    const answer = await app.inject({ method, url, headers })
    t.same([answer.statusCode, corsOf(answer)], [status, OPEN], `${method} ${url} ${JSON.stringify(headers)}`)
  }
  const asked = await app.inject({ method: 'OPTIONS', url: '/token', headers: preflight })
  t.same([asked.statusCode, corsOf(asked)], [204, OPEN_TO_REQUESTS], 'before the onRequest of the route')
})

t.test('hooks of the application do not add credentials or other origins (SEC-72)', async (t) => {
  const theirs = { 'access-control-allow-origin': origin, 'access-control-allow-credentials': 'true' }
  for (const name of ['onRequest', 'onSend'] as const) {
    const app = Fastify()
    app.addHook(name as 'onRequest', async (_request, reply) => void reply.headers(theirs))
    protocolRoute(
      app,
      documentAt('/jwks', () => true)
    )
    app.get('/items', async () => 'items')
    t.same(corsOf(await app.inject({ url: '/jwks', headers: { origin } })), OPEN, name)
    t.same(corsOf(await app.inject({ url: '/items', headers: { origin } })), theirs, name)
  }
})
