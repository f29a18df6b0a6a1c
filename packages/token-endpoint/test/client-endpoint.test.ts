import t from 'tap'
import { like, rejectsLike } from '@latchkey/exact'
import { type ClientEndpoint, type ClientRequest, hashClientSecret, TokenError } from '@latchkey/token-endpoint'
import { basic, server, type Server } from './fixtures/server.ts'

const secret = '9f86d081884c7d659a2feaa0c55ad015'
const clients = [
  { clientId: 'spa', grantTypes: ['password'] },
  { clientId: 'web', grantTypes: [], clientSecretHash: hashClientSecret(secret) }
]

async function withEndpoint(
  answer: (request: ClientRequest) => Promise<object>,
  more: Partial<ClientEndpoint> = {},
  lines: string[] = []
): Promise<Server> {
  const made = await server(
    { clients, clientThrottle: { failures: 2, window: 60 } },
    { fastify: { logger: { stream: { write: (line: string) => void lines.push(line) } } } }
  )
  await made.app.tokenEndpoint.addClientEndpoint(made.app, { path: '/par', documentation: {}, answer, ...more })
  return made
}

const NEVER_STORED = { 'cache-control': 'no-store', pragma: 'no-cache' }
const par = { url: '/par' }

t.test(
  'passes the authenticated client and the form, and sends the answer as JSON with its status (SEC-11)',
  async (t) => {
    const seen: unknown[] = []
    const { post } = await withEndpoint(
      async ({ client, parameters, resources, request }) => {
        seen.push([client.clientId, Object.fromEntries(parameters), resources, request.ip])
        return { request_uri: 'urn:x', expires_in: 60 }
      },
      { statusCode: 201 }
    )
    const form = 'scope=a+b&empty=&resource=https%3A%2F%2Fa.example&resource=https%3A%2F%2Fb.example'
    const answer = await post(form, { ...par, headers: basic('web', secret) })
    like(t, answer, { status: 201, text: '{"request_uri":"urn:x","expires_in":60}', headers: NEVER_STORED })
    t.equal((await post({ client_id: 'spa' }, par)).status, 201)
    t.same(seen, [
      ['web', { scope: 'a b' }, ['https://a.example', 'https://b.example'], '127.0.0.1'],
      ['spa', { client_id: 'spa' }, [], '127.0.0.1']
    ])
  }
)

t.test(
  'refuses clients as the token endpoint does, counts their secrets together, and does not call the plugin (SEC-11, SEC-27)',
  async (t) => {
    let calls = 0
    const { post } = await withEndpoint(async () => ({ calls: ++calls }))
    for (const [form, more, status, error] of [
      [{}, {}, 401, 'invalid_client'],
      [{ client_id: 'none' }, {}, 401, 'invalid_client'],
      [{ client_id: 'web' }, {}, 401, 'invalid_client'],
      ['client_id=spa&client_id=spa', {}, 400, 'invalid_request'],
      ['{}', { headers: { 'content-type': 'application/json' } }, 400, 'invalid_request'],
      ['', { method: 'GET' }, 405, 'invalid_request'],
      [{ grant_type: 'password' }, { url: '/token', headers: basic('web', 'wrong') }, 401, 'invalid_client'],
      [{}, { headers: basic('web', 'wrong') }, 401, 'invalid_client'],
      [{}, { headers: basic('web', 'wrong') }, 429, 'temporarily_unavailable']
    ] as const) {
      const answer = await post(form, { ...par, ...more })
      like(t, answer, { status, body: { error }, headers: NEVER_STORED }, JSON.stringify([form, more]))
    }
    t.equal(calls, 0)
  }
)

t.test('answers errors of the plugin as the token endpoint does, and logs no secret (SEC-23)', async (t) => {
  const lines: string[] = []
  let error: Error = new TokenError('invalid_target', 'Unknown')
  const { post } = await withEndpoint(async () => Promise.reject(error), {}, lines)
  like(t, await post({ client_id: 'spa' }, par), { status: 400, body: { error: 'invalid_target' } })
  error = new Error(`no ${secret}`)
  const { status, text } = await post({}, { ...par, headers: basic('web', secret) })
  t.same([status, JSON.parse(text)], [500, { error: 'server_error', error_description: 'The server failed to answer' }])
  error = Object.assign(new Error('teapot'), { statusCode: 418 })
  like(t, await post({ client_id: 'spa' }, par), { status: 500 })
  error = Object.assign(new Error('away'), { statusCode: 503, retryAfter: 9 })
  like(t, await post({ client_id: 'spa' }, par), { status: 503, headers: { 'retry-after': '9' } })
  t.notOk(lines.join('').includes(secret))
})

t.test('does not affect other routes of its context', async (t) => {
  const { app, post } = await withEndpoint(async () => ({}))
  app.post('/json', async ({ body }) => body)
  app.get('/fails', async () => Promise.reject(new Error('ours')))
  const json = await app.inject({ method: 'POST', url: '/json', payload: { a: 1 } })
  t.same([json.json(), json.headers['cache-control']], [{ a: 1 }, undefined])
  like(t, (await app.inject('/fails')).json(), { message: 'ours' })
  t.equal((await post({ client_id: 'spa' }, par)).status, 200)
})

t.test('is added under the prefix of its context, and is a route once', async (t) => {
  const made = await server({ clients })
  const endpoint = { path: '/par', documentation: {}, answer: async () => ({}) }
  await made.app.register(async (child) => child.tokenEndpoint.addClientEndpoint(child, endpoint), { prefix: '/v1' })
  t.equal((await made.post({ client_id: 'spa' }, { url: '/v1/par' })).status, 200)
  t.equal((await made.post({ client_id: 'spa' }, par)).status, 404)

  const twice = await server({ clients })
  await twice.app.tokenEndpoint.addClientEndpoint(twice.app, endpoint)
  await rejectsLike(t, twice.app.tokenEndpoint.addClientEndpoint(twice.app, endpoint), {
    code: 'FST_ERR_DUPLICATED_ROUTE'
  })
})

const good = { path: '/par', documentation: {}, answer: async () => ({}) }
for (const [endpoint, message] of [
  [undefined, 'the options must be an object with path, documentation, statusCode, answer; got undefined'],
  [
    { ...good, path: 'par' },
    'path must be a path that begins with a slash and does not end with one, such as /par; got a string'
  ],
  [
    { ...good, path: '/par/:id' },
    'path must be a path that begins with a slash and does not end with one, such as /par; got a string'
  ],
  [{ path: '/par', answer: good.answer }, 'documentation must be an object; got undefined'],
  [{ ...good, statusCode: 302 }, 'statusCode must be a whole number from 200 to 299; got a number'],
  [{ ...good, answer: {} }, 'answer must be a function; got an object'],
  [{ ...good, handler: good.answer }, 'handler does not exist. Fix: use one of path, documentation, statusCode, answer']
] as const) {
  t.test(`addClientEndpoint() refuses an endpoint: ${message} (SEC-153)`, async (t) => {
    const { app } = await server()
    await rejectsLike(t, app.tokenEndpoint.addClientEndpoint(app, endpoint as unknown as ClientEndpoint), {
      code: 'LATCHKEY_REGISTRATION',
      message: `app.tokenEndpoint.addClientEndpoint(): ${message}`
    })
  })
}
