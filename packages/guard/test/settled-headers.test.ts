import { once } from 'node:events'
import { connect } from 'node:http2'
import type { AddressInfo } from 'node:net'
import { Readable } from 'node:stream'
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyServerOptions } from 'fastify'
import t, { type Test } from 'tap'
import { like, throwsLike } from '@latchkey/exact'
import guard, { type AccessRule, authenticated, everyone, neverStored } from '@latchkey/guard'
import { keyAuthenticator } from './fixtures/key-authenticator.ts'

type Handler = (reply: FastifyReply) => unknown

async function serverWith(
  t: Test,
  handler: Handler,
  { rule = authenticated, before }: { rule?: AccessRule; before?: (app: FastifyInstance) => unknown } = {},
  options: FastifyServerOptions = {}
): Promise<FastifyInstance> {
  const app = Fastify(options)
  t.teardown(() => app.close())
  await before?.(app)
  await app.register(guard)
  app.guard.addAuthenticator(keyAuthenticator())
  app.guard.addAuthenticator(keyAuthenticator({ scheme: 'session', header: 'cookie', ambient: true }))
  app.get('/', { config: { access: rule } }, async (_request, reply) => handler(reply))
  return app
}

const ann = { url: '/', headers: { key: 'ann' } }

const varied: [name: string, handler: Handler, vary: string][] = [
  ['by the reply', (reply) => reply.header('vary', 'Accept').send('x'), 'Accept, key, cookie'],
  ['by the reply as a list', (reply) => reply.header('vary', ['Accept', 'COOKIE']).send('x'), 'Accept, COOKIE, key'],
  ['by the reply with an asterisk', (reply) => reply.header('vary', '*').send('x'), '*'],
  ['by removal', (reply) => reply.removeHeader('vary').send('x'), 'key, cookie'],
  ['by a Response', () => new Response('x', { headers: { vary: 'Accept' } }), 'Accept, key, cookie'],
  ['with a stream', (reply) => reply.header('vary', 'Accept').send(Readable.from(['x'])), 'Accept, key, cookie'],
  [
    'with an added name',
    (reply) => reply.header('vary', `${String(reply.getHeader('vary'))}, Accept`).send('x'),
    'key, cookie, Accept'
  ],
  ['by the raw response', (reply) => end(reply.hijack(), { Vary: 'Accept' }), 'Accept, key, cookie'],
  [
    'by the raw response, frozen',
    (reply) => end(reply.hijack(), Object.freeze({ vary: 'Accept' })),
    'Accept, key, cookie'
  ],
  [
    'by the raw response with a list',
    (reply) => end(reply.hijack(), ['Vary', 'Accept', 'X-A', '1']),
    'Accept, key, cookie'
  ],
  [
    'by the raw response with a list of pairs',
    (reply) =>
      end(reply.hijack(), [
        ['Vary', 'Accept'],
        ['X-A', '1']
      ]),
    'Accept, key, cookie'
  ],
  ['by the raw response without Vary', (reply) => end(reply.hijack(), { 'x-a': '1' }), 'key, cookie'],
  [
    'by the raw response with a reason phrase',
    (reply) => void reply.hijack().raw.writeHead(200, 'Fine', { vary: 'Accept' }).end('x'),
    'Accept, key, cookie'
  ],
  [
    'by setHeader() of the raw response',
    (reply) => void reply.hijack().raw.setHeader('vary', 'Accept').end('x'),
    'Accept, key, cookie'
  ],
  ['by the raw response without headers', (reply) => void reply.hijack().raw.end('x'), 'key, cookie']
]

function end({ raw }: FastifyReply, headers: object): void {
  // Node's types do not include pairs.
  raw.writeHead(200, headers as Record<string, string>).end('x')
}

for (const [name, handler, vary] of varied) {
  t.test(
    `Vary names the headers of the authenticators when the handler sets it ${name} (K5.1, K5.3, SEC-71)`,
    async (t) => {
      for (const rule of [authenticated, everyone]) {
        const app = await serverWith(t, handler, { rule })
        const response = await app.inject(ann)
        t.equal(response.statusCode, 200)
        t.equal(response.body, 'x')
        t.equal(String(response.headers.vary), vary)
        t.equal(response.headers['cache-control'], 'no-store')
      }
    }
  )
}

t.test('the Cache-Control of a handler overrides that of the guard (SEC-71)', async (t) => {
  const chosen: Handler[] = [
    (reply) => reply.header('cache-control', 'public, max-age=60').send('x'),
    () => new Response('x', { headers: { 'cache-control': 'public, max-age=60' } }),
    (reply) => end(reply.hijack(), { 'Cache-Control': 'public, max-age=60' }),
    (reply) => void reply.hijack().raw.setHeader('cache-control', 'public, max-age=60').end('x')
  ]
  for (const handler of chosen) {
    const app = await serverWith(t, handler)
    like(t, (await app.inject(ann)).headers, { 'cache-control': 'public, max-age=60', vary: 'key, cookie' })
  }
  const removing = await serverWith(t, (reply) => reply.removeHeader('cache-control').send('x'))
  like(
    t,
    (await removing.inject(ann)).headers,
    { 'cache-control': 'no-store' },
    'a removed header does not count as chosen'
  )
})

const earlier: [value: string, kept: boolean][] = [
  ['public, max-age=300', false],
  ['max-age=300', false],
  ['s-maxage=300', false],
  ['no-cache', false],
  ['private="set-cookie", max-age=300', false],
  ['private, public', false],
  ['private, max-age=300', true],
  ['no-store, max-age=0', true]
]

t.test('the Cache-Control of an earlier hook remains only when it is as private (K5.2, SEC-71)', async (t) => {
  for (const raw of [false, true]) {
    for (const [value, kept] of earlier) {
      const app = await serverWith(t, () => 'x', {
        before: (app) =>
          app.addHook('onRequest', async (_request, reply) => {
            if (raw) reply.raw.setHeader('Cache-Control', value)
            else reply.header('Cache-Control', value)
          })
      })
      const answer = await app.inject(ann)
      like(
        t,
        answer,
        { statusCode: 200, headers: { 'cache-control': kept ? value : 'no-store', vary: 'key, cookie' } },
        value
      )
      const refused = await app.inject('/')
      like(t, refused, { statusCode: 401, headers: { 'cache-control': 'no-store', vary: 'key, cookie' } }, value)
    }
  }
})

t.test('an open page keeps the Cache-Control of an earlier hook for anonymous callers (SEC-71)', async (t) => {
  const app = await serverWith(t, () => 'x', {
    rule: everyone,
    before: (app) => app.addHook('onRequest', async (_request, reply) => void reply.header('cache-control', 'public'))
  })
  like(t, (await app.inject('/')).headers, { 'cache-control': 'public', vary: 'key, cookie' })
  like(t, (await app.inject(ann)).headers, { 'cache-control': 'no-store', vary: 'key, cookie' })
})

t.test('a refusal is never cacheable (K5.2, SEC-71)', async (t) => {
  const app = await serverWith(t, () => 'x', {
    before: (app) =>
      app.setErrorHandler((_error, _request, reply) =>
        reply
          .code(401)
          .headers({ 'cache-control': 'public', 'cdn-cache-control': 'public', vary: 'Accept' })
          .send('mine')
      )
  })
  app.addHook('onSend', async (_request, reply) => void reply.header('cache-control', 'public, max-age=60'))
  const { headers } = await app.inject('/')
  like(t, headers, { 'cache-control': 'no-store', vary: 'Accept, key, cookie', 'cdn-cache-control': undefined })
})

const secrets: [name: string, handler: Handler][] = [
  ['the reply', (reply) => reply.headers({ 'cache-control': 'public', 'Surrogate-Control': 'max-age=9' }).send('x')],
  ['a Response', () => new Response('x', { headers: { 'cache-control': 'public', 'cdn-cache-control': 'max-age=9' } })],
  ['the raw response', (reply) => end(reply.hijack(), { 'Cache-Control': 'public', 'CDN-Cache-Control': 'max-age=9' })],
  ['a list', (reply) => end(reply.hijack(), ['Cache-Control', 'public', 'Surrogate-Control', 'max-age=9'])],
  [
    'setHeader()',
    (reply) => {
      reply.hijack().raw.setHeader('surrogate-control', 'max-age=9').setHeader('cache-control', 'public').end('x')
    }
  ],
  ['none', (reply) => reply.send('x')],
  ['headers for CDNs only', (reply) => reply.header('cdn-cache-control', 'max-age=9').send('x')]
]

for (const [name, handler] of secrets) {
  t.test(`neverStored() overrides caching headers: ${name} (K5.1)`, async (t) => {
    for (const rule of [authenticated, everyone]) {
      const app = await serverWith(
        t,
        (reply) => {
          neverStored(reply)
          return handler(reply)
        },
        { rule }
      )
      const { headers, body } = await app.inject(ann)
      t.equal(body, 'x')
      like(t, headers, { 'cache-control': 'no-store', vary: 'key, cookie' })
      t.same(
        Object.keys(headers).filter((header) => /.-control$/.test(header)),
        ['cache-control']
      )
    }
  })
}

t.test('neverStored() works before the guard and without a guard (K5.1)', async (t) => {
  const before = (app: FastifyInstance): unknown =>
    app.addHook('onRequest', async (_request, reply) => neverStored(reply))
  const app = await serverWith(t, (reply) => reply.header('cache-control', 'public').send('x'), {
    rule: everyone,
    before
  })
  like(t, (await app.inject('/')).headers, { 'cache-control': 'no-store', vary: 'key, cookie' })
  const bare = Fastify()
  t.teardown(() => bare.close())
  bare.get('/', async (_request, reply) => {
    neverStored(reply)
    return reply.header('cache-control', 'public').send('x')
  })
  like(t, (await bare.inject('/')).headers, { 'cache-control': 'no-store', vary: undefined })
})

t.test('the headers apply over HTTP/2 (K5.1, K5.3)', async (t) => {
  const app = await serverWith(t, (reply) => void reply.hijack().raw.writeHead(200, { Vary: 'Accept' }).end('x'), {}, {
    http2: true
  } as FastifyServerOptions) // Fastify has another type for HTTP/2 servers
  await app.listen({ port: 0, host: '127.0.0.1' })
  const { port } = app.server.address() as AddressInfo
  const client = connect(`http://127.0.0.1:${port}`)
  t.teardown(() => client.destroy())
  const asked = client.request({ ':path': '/', key: 'ann' }).resume()
  const [headers] = (await once(asked, 'response')) as [Record<string, string>]
  like(t, headers, { ':status': 200, vary: 'Accept, key, cookie', 'cache-control': 'no-store' })
})

t.test('headers that were sent do not change', async (t) => {
  const app = await serverWith(t, (reply) => {
    const { raw } = reply.hijack()
    raw.writeHead(200)
    throwsLike(t, () => raw.writeHead(200), { code: 'ERR_HTTP_HEADERS_SENT' })
    raw.end('x')
  })
  await app.listen({ port: 0, host: '127.0.0.1' })
  const { port } = app.server.address() as AddressInfo
  const response = await fetch(`http://127.0.0.1:${port}/`, { headers: { key: 'ann' } })
  t.equal(response.headers.get('vary'), 'key, cookie')
})
