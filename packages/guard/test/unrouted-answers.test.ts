import { channel } from 'node:diagnostics_channel'
import { once } from 'node:events'
import http2 from 'node:http2'
import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import Fastify, {
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  type onRequestHookHandler
} from 'fastify'
import t from 'tap'
import { contains, like } from '@latchkey/exact'
import guard, { allOf, authenticated, everyone, noAuthentication } from '@latchkey/guard'
import { keyAuthenticator } from './fixtures/key-authenticator.ts'

const SECRET = 'the panel'

const answers: { name: string; hook: onRequestHookHandler }[] = [
  { name: 'reply.send()', hook: (_request, reply) => void reply.header('x-panel', SECRET).send({ SECRET }) },
  {
    name: 'a stream',
    hook: (_request, reply) => void reply.header('x-panel', SECRET).send(Readable.from([SECRET, SECRET]))
  },
  { name: 'raw.end()', hook: (_request, { raw }) => void raw.setHeader('x-panel', SECRET).end(SECRET) },
  {
    name: 'all methods of the response',
    hook(_request, { raw }) {
      const called: string[] = []
      raw.setHeader('x-panel', SECRET)
      raw.flushHeaders()
      raw.writeHead(200)
      raw.write(SECRET, () => called.push('write'))
      raw.end(SECRET, () => called.length === 1 || raw.destroy(new Error('not called in order')))
    }
  }
]

for (const { name, hook } of answers) {
  for (const order of ['before', 'after'] as const) {
    t.test(`refuses the answer of a hook ${order} the guard by ${name} when no route matches (K1.1)`, async (t) => {
      const lines: string[] = []
      const app = Fastify({ logger: { level: 'error', stream: { write: (line) => void lines.push(line) } } })
      t.teardown(() => app.close())
      const addHook = (): void => {
        app.addHook('onRequest', (request, reply, done) => {
          if (request.url.startsWith('/panel')) hook.call(app, request, reply, done)
          else done()
        })
      }
      if (order === 'before') addHook()
      await app.register(guard)
      app.guard.addAuthenticator(keyAuthenticator())
      if (order === 'after') addHook()
      for (const method of ['GET', 'POST', 'HEAD'] as const) {
        const response = await app.inject({ method, url: '/panel?secret=canary', headers: { key: 'ann' } })
        t.equal(response.statusCode, 500)
        t.equal(response.statusMessage, 'Internal Server Error')
        t.notMatch(JSON.stringify([response.headers, response.body]), SECRET)
        if (method !== 'HEAD') like(t, response.json(), { statusCode: 500, code: 'LATCHKEY_GUARD_FAILURE' })
      }
      t.equal((await app.inject('/none')).statusCode, 404)
      t.equal(lines.length, 3)
      contains(t, lines.join(''), 'POST of a path without a route: Something other than a route')
      t.notMatch(lines.join(''), /canary|the panel/)
    })
  }
}

t.test('refuses the answer of a hook over HTTP/2 when no route matches (K1.1)', async (t) => {
  const app = Fastify({ http2: true })
  t.teardown(() => app.close())
  await app.register(guard)
  app.addHook('onRequest', (request, { raw }, done) => {
    if (!request.url.startsWith('/panel')) done()
    else if (request.url === '/panel/end') raw.end(SECRET)
    else raw.writeHead(200, { 'x-panel': SECRET }).end(SECRET)
  })
  const client = http2.connect(await app.listen({ port: 0, host: '127.0.0.1' }))
  t.teardown(() => client.close())
  for (const [path, status] of [
    ['/panel', 500],
    ['/panel/end', 500],
    ['/none', 404]
  ] as const) {
    const stream = client.request({ ':path': path })
    const [headers] = (await once(stream, 'response')) as [http2.IncomingHttpHeaders] // as Node documents it
    t.equal(headers[':status'], status, path)
    t.equal(headers['x-panel'], undefined)
    const body = await text(stream)
    t.equal(JSON.parse(body).statusCode, status)
  }
})

t.test('a rule of the context decides about the answer of a hook without a route (K1.1)', async (t) => {
  for (const [rule, expected] of [
    [authenticated, 401],
    [everyone, 200],
    [noAuthentication, 200]
  ] as const) {
    const app = Fastify()
    t.teardown(() => app.close())
    await app.register(guard)
    app.guard.addAuthenticator(keyAuthenticator())
    app.guard.require(rule)
    app.addHook('onRequest', async (_request, reply) => reply.send('panel'))
    t.equal((await app.inject('/panel')).statusCode, expected)
    t.equal((await app.inject({ url: '/panel', headers: { key: 'ann' } })).body, 'panel')
  }
})

t.test('contexts outside the guard can answer without a route (K1.1)', async (t) => {
  const app = Fastify()
  t.teardown(() => app.close())
  app.addHook('onRequest', async (request, reply) => (request.is404 ? reply.send('panel') : undefined))
  app.register(
    async (child) => {
      await child.register(guard)
      child.setNotFoundHandler(async () => 'nothing')
    },
    { prefix: '/guarded' }
  )
  t.equal((await app.inject('/none')).body, 'panel')
  t.equal((await app.inject('/guarded/none')).statusCode, 500)
})

t.test('a not-found handler can answer with success, set before or after the guard (K1.1)', async (t) => {
  const build = async (): Promise<FastifyInstance> => {
    const app = Fastify()
    t.teardown(() => app.close())
    app.setNotFoundHandler(
      { preHandler: [async (_request: FastifyRequest, reply: FastifyReply) => void reply.header('x-own', 'yes')] },
      async () => 'page'
    )
    await app.register(guard)
    app.register(async (child) => void child.setNotFoundHandler(async () => 'inner page'), { prefix: '/inner' })
    // Fastify's types require the handler, which is optional by its documentation.
    app.register(async (child) => void Reflect.apply(child.setNotFoundHandler, child, []), { prefix: '/default' })
    return app
  }
  const expected = async (app: FastifyInstance): Promise<void> => {
    const page = await app.inject('/none')
    like(t, page, { statusCode: 200, body: 'page' })
    t.equal(page.headers['x-own'], 'yes')
    t.equal((await app.inject('/inner/none')).body, 'inner page')
    t.equal((await app.inject('/default/none')).statusCode, 404)
  }
  await expected(await build())
  // The guard did not see the initialization of a server that was created before the import.
  t.intercept(channel('fastify.initialization'), 'publish', { value: () => {} })
  await expected(await build())
})

t.test('enforces the rules of the start when a hook changes the config of a route (K1.3)', async (t) => {
  const app = Fastify()
  t.teardown(() => app.close())
  app.addHook('onRequest', async ({ routeOptions: { config } }) => {
    if (config.access) config.access = config.access.kind === 'noAuthentication' ? authenticated : everyone
    config.otherRules = 'ignored'
  })
  await app.register(guard)
  app.guard.addAuthenticator(keyAuthenticator())
  app.get('/closed', { config: { access: allOf('a') } }, async () => 'closed')
  app.get('/open', { config: { access: noAuthentication } }, async () => 'open')
  app.register(
    async (child) => {
      child.guard.require(authenticated)
      child.get('/', async () => 'root of a prefix')
    },
    { prefix: '/child' }
  )
  for (const round of [1, 2]) {
    for (const method of ['GET', 'HEAD'] as const) {
      t.equal((await app.inject({ method, url: '/closed' })).statusCode, 401, `round ${round}`)
      t.equal((await app.inject({ method, url: '/closed', headers: { key: 'ann' } })).statusCode, 403)
      t.equal((await app.inject({ method, url: '/open', headers: { key: 'bad' } })).statusCode, 200)
      for (const url of ['/child', '/child/']) t.equal((await app.inject({ method, url })).statusCode, 401, url)
    }
  }
  const rules = app.guard.routes().map(({ method, url, rule }) => [`${String(method)} ${url}`, rule?.kind])
  t.same(Object.fromEntries(rules), {
    'GET /closed': 'allOf',
    'HEAD /closed': 'allOf',
    'GET /open': 'noAuthentication',
    'HEAD /open': 'noAuthentication',
    'GET /child': 'authenticated',
    'HEAD /child': 'authenticated',
    'HEAD /child/': 'authenticated'
  })
})
