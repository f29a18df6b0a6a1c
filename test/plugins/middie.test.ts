import { contains, like } from '@latchkey/exact'
import middie, { type NextHandleFunction as Middleware } from '@fastify/middie'
import guard, { allOf, authenticated, type Authenticator, everyone, noAuthentication } from '@latchkey/guard'
import { createReadStream } from 'node:fs'
import Fastify, { type FastifyInstance, type FastifyRequest, type FastifyReply } from 'fastify'
import t, { type Test } from 'tap'

const keys: Authenticator = {
  scheme: 'key',
  challenge: 'Key',
  ambient: false,
  header: 'key',
  securitySchemes: {},
  authenticate: ({ headers: { key } }) =>
    typeof key === 'string'
      ? { subject: key, issuer: null, scopes: new Set(key.split(' ')), claims: {}, authenticatedAt: null }
      : null
}

type Order = 'before' | 'after'

interface Setting {
  readonly order?: Order
  readonly hook?: 'onRequest' | 'preHandler'
  readonly undeclared?: 'deny' | 'allow'
  readonly lines?: string[]
}

async function serverWith(
  t: Test,
  path: string,
  middleware: Middleware,
  setting: Setting = {}
): Promise<FastifyInstance> {
  const { order = 'after', hook = 'onRequest', undeclared, lines = [] } = setting
  const app = Fastify({ logger: { level: 'error', stream: { write: (line: string) => void lines.push(line) } } })
  t.teardown(() => app.close())
  const useMiddleware = async (): Promise<void> => {
    await app.register(middie, { hook })
    app.use(path, middleware)
  }
  if (order === 'before') await useMiddleware()
  await app.register(guard, { undeclared })
  app.guard.addAuthenticator(keys)
  if (order === 'after') await useMiddleware()
  app.get('/me', { config: { access: authenticated } }, async () => 'me')
  return app
}

const SECRET = 'the admin panel'

const ways: { name: string; answer: Middleware }[] = [
  { name: 'end()', answer: (_request, response) => void response.end(SECRET) },
  {
    name: 'end() with a buffer and a callback',
    answer: (_request, response) => void response.end(Buffer.from(SECRET), () => undefined)
  },
  {
    name: 'writeHead() and end()',
    answer: (_request, response) => void response.writeHead(200, { 'x-panel': SECRET }).end(SECRET)
  },
  {
    name: 'writeHead() with its own status and write()',
    answer(_request, response) {
      response.setHeader('set-cookie', `panel=${SECRET}`)
      response.writeHead(206, SECRET, { 'x-panel': SECRET })
      response.write(SECRET)
      response.write(SECRET, () => undefined)
      response.end()
    }
  },
  {
    name: 'write() before anything else',
    answer(_request, response) {
      response.statusMessage = SECRET
      response.write(SECRET)
      setImmediate(() => response.end(SECRET))
    }
  },
  {
    name: 'flushHeaders()',
    answer(_request, response) {
      response.setHeader('x-panel', SECRET)
      response.flushHeaders()
      setImmediate(() => response.end(SECRET))
    }
  },
  { name: 'a stream', answer: (_request, response) => void createReadStream(import.meta.filename).pipe(response) },
  {
    name: '304',
    answer(_request, response) {
      response.statusCode = 304
      response.setHeader('etag', SECRET)
      response.end()
    }
  }
]

for (const { name, answer } of ways) {
  for (const order of ['before', 'after'] as const) {
    t.test(
      `refuses an answer of middleware at a path without a route: ${name}, middie ${order} the guard (K1.1)`,
      async (t) => {
        const lines: string[] = []
        const app = await serverWith(t, '/admin', answer, { order, lines })
        const origin = await app.listen({ port: 0, host: '127.0.0.1' })
        for (const path of ['/admin', '/admin/deeper?a=b', '/ADMIN', '//admin']) {
          for (const headers of [{}, { key: 'ann' }]) {
            const injected = await app.inject({ url: path, headers })
            const sent = await fetch(`${origin}${path}`, { headers })
            const refusals = [
              { status: injected.statusCode, headers: injected.headers, body: injected.body },
              { status: sent.status, headers: Object.fromEntries(sent.headers), body: await sent.text() }
            ]
            for (const refusal of refusals) {
              // Middie does not run for "//admin": that is a 404.
              if (refusal.status === 404) continue
              t.equal(refusal.status, 500, path)
              t.notMatch(JSON.stringify(refusal), SECRET)
              like(t, JSON.parse(refusal.body), { statusCode: 500, code: 'LATCHKEY_GUARD_FAILURE' })
              t.equal(refusal.headers['cache-control'], 'no-store')
              t.equal(refusal.headers['set-cookie'], undefined)
            }
          }
        }
        t.equal((await app.inject({ url: '/me' })).statusCode, 401)
        t.equal((await app.inject({ url: '/me', headers: { key: 'ann' } })).body, 'me')
        t.equal((await app.inject('/none')).statusCode, 404)
        contains(t, lines.join(''), 'Register a route with a rule at its path')
        t.notMatch(lines.join(''), /a=b|deeper/)
      }
    )
  }
}

t.test(
  'refuses an answer of middleware at the path of a guarded route to other methods and deeper paths (K1.1)',
  async (t) => {
    const app = await serverWith(t, '/me', (_request, response) => void response.end(SECRET))
    t.equal((await app.inject('/me')).statusCode, 401)
    t.equal(
      (await app.inject({ url: '/me', headers: { key: 'ann' } })).body,
      SECRET,
      'middleware serves an admitted caller'
    )
    for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH'] as const) {
      for (const url of ['/me', '/me/x']) {
        const response = await app.inject({ method, url, headers: { key: 'ann' } })
        t.equal(response.statusCode, 500, `${method} ${url}`)
        t.notMatch(response.body, SECRET)
      }
    }
    t.equal((await app.inject('/me/x')).statusCode, 500)
  }
)

t.test('refuses an answer of middleware that runs as a preHandler hook (K1.1)', async (t) => {
  for (const order of ['before', 'after'] as const) {
    const app = await serverWith(t, '/admin', (_request, response) => void response.end(SECRET), {
      order,
      hook: 'preHandler'
    })
    app.setNotFoundHandler(async (_request, reply) => reply.send('the page for all'))
    t.equal((await app.inject('/admin')).statusCode, 500, order)
    const page = await app.inject('/none')
    t.equal(page.statusCode, 200)
    t.equal(page.body, 'the page for all')
  }
})

for (const statusCode of [301, 400, 403, 404, 429, 503]) {
  t.test(`does not change a ${statusCode} of middleware (K1.1)`, async (t) => {
    for (const order of ['before', 'after'] as const) {
      const answer: Middleware = (_request, response) => {
        response.writeHead(statusCode, { 'retry-after': '5' })
        response.write('not ')
        response.end('now')
      }
      const response = await (await serverWith(t, '/', answer, { order })).inject('/none')
      t.equal(response.statusCode, statusCode)
      t.equal(response.headers['retry-after'], '5')
      t.equal(response.body, 'not now')
    }
  })
}

t.test('does not change middleware that does not answer, or answers of not-found handlers (K1.1)', async (t) => {
  for (const order of ['before', 'after'] as const) {
    const app = await serverWith(
      t,
      '/',
      (_request, response, next) => {
        response.setHeader('x-frame-options', 'DENY')
        next()
      },
      { order }
    )
    app.setNotFoundHandler(
      { preHandler: async (_request: FastifyRequest, reply: FastifyReply) => void reply.header('x-own', 'yes') },
      async (_request, reply) => reply.type('text/html').send(createReadStream(import.meta.filename))
    )
    app.register(
      async (api) =>
        void api.setNotFoundHandler((_request, reply) => {
          reply.hijack()
          reply.raw.writeHead(200, { 'content-type': 'text/plain' }).end('raw')
        }),
      { prefix: '/api' }
    )
    const page = await app.inject('/none')
    t.equal(page.statusCode, 200)
    like(t, page.headers, { 'x-frame-options': 'DENY', 'x-own': 'yes' })
    contains(t, page.body, 'leaves middleware alone')
    t.equal((await app.inject('/api/none')).body, 'raw')
  }
})

t.test('serves middleware behind a route with a rule, and behind a rule of the context (K1.1)', async (t) => {
  const app = await serverWith(
    t,
    '/admin',
    (request, response) => void response.end(`${SECRET} ${request.originalUrl}`)
  )
  const pass = async (_request: FastifyRequest, reply: FastifyReply): Promise<void> => reply.callNotFound()
  for (const url of ['/admin', '/admin/*']) app.all(url, { config: { access: allOf('admin') } }, pass)
  for (const method of ['GET', 'POST'] as const) {
    for (const url of ['/admin', '/admin/queues']) {
      t.equal((await app.inject({ method, url })).statusCode, 401)
      t.equal((await app.inject({ method, url, headers: { key: 'ann' } })).statusCode, 403)
      t.equal((await app.inject({ method, url, headers: { key: 'admin' } })).body, `${SECRET} ${url}`)
    }
  }
  // Middie ignores the case of a path, and Fastify does not.
  t.equal((await app.inject({ url: '/ADMIN', headers: { key: 'admin' } })).statusCode, 500)

  const open = await serverWith(t, '/hello', (_request, response) => void response.end('hello'))
  open.all('/hello', { config: { access: noAuthentication } }, pass)
  t.equal((await open.inject('/hello')).body, 'hello')
  t.equal((await open.inject('/hello/x')).statusCode, 500)

  for (const [rule, stranger] of [
    [authenticated, 401],
    [everyone, 200]
  ] as const) {
    const covered = await serverWith(t, '/admin', (_request, response) => void response.end(SECRET))
    covered.guard.require(rule)
    t.equal((await covered.inject('/admin')).statusCode, stranger)
    t.equal((await covered.inject({ url: '/admin', headers: { key: 'ann' } })).body, SECRET)
  }
})

t.test("refuses no answer of middleware with undeclared: 'allow' (K1.1)", async (t) => {
  const app = await serverWith(t, '/admin', (_request, response) => void response.end('open'), { undeclared: 'allow' })
  t.equal((await app.inject('/admin')).body, 'open')
})
