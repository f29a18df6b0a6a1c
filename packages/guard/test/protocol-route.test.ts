import { PassThrough, Readable } from 'node:stream'
import Fastify, { type FastifyInstance } from 'fastify'
import t from 'tap'
import { like } from '@latchkey/exact'
import guard, { everyone } from '@latchkey/guard'
import { answerAsProtocol, protocolRoute, sendProtocolAnswer } from '@latchkey/guard/plugin'

const enveloped = async (_request: unknown, _reply: unknown, payload: unknown): Promise<string> =>
  JSON.stringify({ data: String(payload) })

for (const [name, application] of Object.entries<(app: FastifyInstance) => unknown>({
  'preSerialization envelope': (app) =>
    app.addHook('preSerialization', async (_request, _reply, payload) => ({ data: payload })),
  'onSend envelope': (app) => app.addHook('onSend', enveloped),
  'onSend envelope that is added later': (app) => void app.after(() => app.addHook('onSend', enveloped)),
  'onSend envelope from an onRoute hook': (app) =>
    app.addHook('onRoute', (options) => {
      options.onSend = [options.onSend ?? [], enveloped].flat()
    }),
  setReplySerializer: (app) => app.setReplySerializer((payload) => JSON.stringify({ data: payload })),
  'response schemas from an onRoute hook': (app) =>
    app.addHook('onRoute', (options) => {
      options.schema = { response: { 200: { type: 'object', required: ['data'], properties: { data: {} } } } }
    })
})) {
  t.test(`serves the metadata of the resource in the format of RFC 9728 with ${name} (K2.4)`, async (t) => {
    const app = Fastify()
    application(app)
    await app.register(guard, { resource: 'https://api.example.com' })
    for (const method of ['GET', 'HEAD'] as const) {
      const answer = await app.inject({ method, url: '/.well-known/oauth-protected-resource' })
      t.equal(answer.statusCode, 200)
      like(t, answer.headers, {
        'content-type': 'application/json; charset=utf-8',
        'cache-control': 'public, max-age=300',
        'content-length': String(JSON.stringify({ resource: 'https://api.example.com' }).length)
      })
      if (method === 'GET') t.same(answer.json(), { resource: 'https://api.example.com' })
    }
  })
}

t.test('sends a text or an empty body unchanged, with any status (K2.4)', async (t) => {
  const app = Fastify()
  app.addHook('onSend', enveloped)
  protocolRoute(app, {
    method: ['GET', 'HEAD'],
    url: '/text',
    handler: async (_request, reply) =>
      sendProtocolAnswer(reply, { statusCode: 202, headers: { 'content-type': 'text/plain' }, body: 'é' })
  })
  protocolRoute(app, {
    method: 'GET',
    url: '/nothing',
    handler: async (_request, reply) => sendProtocolAnswer(reply, { body: null })
  })
  const text = await app.inject('/text')
  like(t, [text.statusCode, text.body], [202, 'é'])
  like(t, text.headers, { 'content-type': 'text/plain', 'content-length': '2' })
  like(t, (await app.inject({ method: 'HEAD', url: '/text' })).headers, { 'content-length': '2' })
  const nothing = await app.inject('/nothing')
  like(t, [nothing.statusCode, nothing.body], [200, ''])
  like(t, nothing.headers, { 'content-length': '0', 'content-type': undefined })
})

t.test('closes a stream with which a hook replaced the answer (K2.4)', async (t) => {
  const app = Fastify()
  const streams = [new PassThrough(), Readable.from(['x'])]
  app.addHook('onSend', async () => streams[0])
  app.addHook('onSend', async (_request, _reply, payload) => {
    t.equal(payload, streams[0])
    return { no: 'stream' }
  })
  protocolRoute(app, {
    method: 'GET',
    url: '/',
    handler: async (_request, reply) => sendProtocolAnswer(reply, { body: { a: 1 } })
  })
  t.same((await app.inject('/')).json(), { a: 1 })
  const other = Fastify()
  other.addHook('onSend', async () => streams[1])
  protocolRoute(other, {
    method: 'GET',
    url: '/',
    handler: async (_request, reply) => sendProtocolAnswer(reply, { body: { a: 1 } })
  })
  t.same((await other.inject('/')).json(), { a: 1 })
  t.ok(streams[1]?.destroyed)
})

t.test('the error handler can answer an error of an onSend hook with an object (K2.4)', async (t) => {
  const app = Fastify()
  let sent = 0
  app.addHook('onSend', async (_request, _reply, payload) => {
    if (sent++ === 0) throw new Error('not this one')
    return payload
  })
  app.setErrorHandler(async (error: Error, _request, reply) =>
    reply.code(500).type('text/x').send({ said: error.message })
  )
  protocolRoute(app, {
    method: 'GET',
    url: '/',
    handler: async (_request, reply) => sendProtocolAnswer(reply, { body: { a: 1 } })
  })
  const answer = await app.inject('/')
  like(t, [answer.statusCode, answer.body], [500, '{"said":"not this one"}'])
})

t.test('runs its onRequest once and after the hooks that others add to the route (K2.4)', async (t) => {
  const app = Fastify()
  const ran: string[] = []
  app.addHook('onRoute', (options) => {
    options.onRequest = [options.onRequest ?? [], async () => void ran.push('theirs')].flat()
  })
  const onRequest = async (): Promise<void> => void ran.push('own')
  const handler = async (_request: unknown, reply: Parameters<typeof sendProtocolAnswer>[0]): Promise<unknown> =>
    sendProtocolAnswer(reply, { body: {} })
  protocolRoute(app, { method: 'GET', url: '/a', onRequest, handler })
  protocolRoute(app, { method: 'GET', url: '/b', onRequest, handler })
  await app.inject('/a')
  await app.inject('/b')
  t.same(ran, ['theirs', 'own', 'theirs', 'own'])
})

t.test('a hook can turn an answer 200 to GET or HEAD into 304, and no other answer (K2.4)', async (t) => {
  const app = Fastify()
  app.addHook('onSend', async (_request, reply) => {
    reply.code(304)
    return ''
  })
  for (const statusCode of [200, 404]) {
    protocolRoute(app, {
      method: ['GET', 'HEAD', 'POST'],
      url: `/${statusCode}`,
      handler: async (_request, reply) => sendProtocolAnswer(reply, { statusCode, body: 'text' })
    })
  }
  for (const [method, url, status, body] of [
    ['GET', '/200', 304, ''],
    ['HEAD', '/200', 304, ''],
    ['POST', '/200', 200, 'text'],
    ['GET', '/404', 404, 'text']
  ] as const) {
    const answer = await app.inject({ method, url })
    t.same([answer.statusCode, answer.body], [status, body], `${method} ${url}`)
  }
})

t.test('has its own error handler, log serializers and documentation (K2.3, K2.4)', async (t) => {
  const lines: string[] = []
  const app = Fastify({ logger: { stream: { write: (line: string) => void lines.push(line) } } })
  app.setErrorHandler(async (_error, _request, reply) => reply.code(500).send('of the application'))
  let documented: unknown
  app.addHook('onRoute', ({ config, url, schema = {} }) => {
    const transform = (config as unknown as { swaggerTransform: (route: object) => unknown }).swaggerTransform // protocolRoute() sets it
    documented = transform({ url, schema })
  })
  protocolRoute(app, {
    method: 'GET',
    url: '/fails',
    documentation: { summary: 'Fails' },
    exposeHeadRoute: false,
    logSerializers: { req: () => ({ path: '/fails' }) },
    handler: async () => Promise.reject(new Error('no')),
    errorHandler: async (_error, _request, reply) =>
      sendProtocolAnswer(reply, { statusCode: 400, body: { error: 'invalid_request' } })
  })
  const answer = await app.inject('/fails')
  t.same([answer.statusCode, answer.json()], [400, { error: 'invalid_request' }])
  t.same(documented, { url: '/fails', schema: { summary: 'Fails' } })
  const incoming = lines.map((line) => JSON.parse(line) as { req?: unknown; msg: string })
  t.same(incoming.find(({ msg }) => msg === 'incoming request')?.req, { path: '/fails' })
})

t.test('lets a route of another plugin answer exactly (K2.4)', async (t) => {
  const app = Fastify()
  app.setReplySerializer(() => 'spoilt')
  app.addHook('onRoute', (options) =>
    answerAsProtocol(options, async (_request, reply) => sendProtocolAnswer(reply, { body: [options.url] }))
  )
  app.get('/theirs', { config: { access: everyone } }, async () => ({}))
  t.same((await app.inject('/theirs')).json(), ['/theirs'])
})
