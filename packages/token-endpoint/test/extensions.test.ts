import t from 'tap'
import { like, throwsLike } from '@latchkey/exact'
import guard, { type OAuthFlows, UnavailableError } from '@latchkey/guard'
import { memoryStore } from '@latchkey/store/memory'
import tokenEndpoint, {
  type Client,
  type FindClient,
  hashClientSecret,
  type MetadataMember
} from '@latchkey/token-endpoint'
import Fastify, { type FastifyInstance } from 'fastify'
import { issuer, key, server, toyGrant } from './fixtures/server.ts'

const METADATA = '/.well-known/oauth-authorization-server'
const grantTypes = ['password', 'refresh_token']
const unknown = { status: 401, body: { error: 'invalid_client' } }

async function metadataOf(app: FastifyInstance): Promise<Record<string, unknown>> {
  return (await app.inject(METADATA)).json()
}

t.test('addMetadata() adds members, also later ones, and replaces lists (SEC-74)', async (t) => {
  const { app } = await server()
  const before = await metadataOf(app)
  let methods = ['S256']
  app.tokenEndpoint.addMetadata(() => ({
    code_challenge_methods_supported: methods,
    response_types_supported: ['code']
  }))
  app.tokenEndpoint.addMetadata(() => ({ response_types_supported: ['code', 'none'], require_pushed: true }))
  const added = { response_types_supported: ['code', 'none'], require_pushed: true }
  t.same(await metadataOf(app), { ...before, ...added, code_challenge_methods_supported: ['S256'] })
  methods = []
  t.same(await metadataOf(app), { ...before, ...added, code_challenge_methods_supported: [] })
})

t.test('addMetadata() does not replace the issuer and the addresses of this plugin (SEC-74)', async (t) => {
  const clients = [
    { clientId: 'web', grantTypes, clientSecretHash: hashClientSecret('9f86d081884c7d659a2feaa0c55ad015') }
  ]
  const { app } = await server({ clients })
  const before = await metadataOf(app)
  const names = ['issuer', 'token_endpoint', 'jwks_uri', 'revocation_endpoint', 'introspection_endpoint']
  const evil: Record<string, MetadataMember> = Object.fromEntries(names.map((name) => [name, 'https://evil.example']))
  app.tokenEndpoint.addMetadata(() => evil)
  t.same(await metadataOf(app), before)
})

t.test('addFlows() adds flows before the others, with the URL of the token endpoint', async (t) => {
  const app = Fastify()
  t.teardown(() => app.close())
  await app.register(guard, { scopes: { read: 'Read' } })
  app.guard.addAuthenticator({
    scheme: 'bearer',
    challenge: 'Bearer',
    ambient: false,
    header: 'authorization',
    securitySchemes: { bearerAuth: { type: 'http', scheme: 'bearer' } },
    authenticate: () => null
  })
  await app.register(tokenEndpoint, {
    issuer,
    audience: issuer,
    keys: [key],
    store: memoryStore(),
    path: '/oauth/token'
  })
  app.tokenEndpoint.addGrant(toyGrant)
  const flow = { authorizationUrl: '/authorize', tokenUrl: '/elsewhere', scopes: {} }
  app.tokenEndpoint.addFlows(() => ({ authorizationCode: flow }))
  app.tokenEndpoint.addFlows((tokenUrl) => ({ authorizationCode: { ...flow, tokenUrl } }))
  await app.ready()
  const [scheme] = app.guard.securitySchemes()
  const { flows } = scheme?.definition() as { flows: OAuthFlows } // the scheme has flows
  const tokenUrl = '/oauth/token'
  t.equal(scheme?.name, 'oauth2')
  t.same(Object.entries(flows), [
    ['authorizationCode', { ...flow, tokenUrl }],
    ['password', { tokenUrl, refreshUrl: tokenUrl, scopes: { read: 'Read' } }]
  ])
})

t.test('a flow alone makes the security scheme, without a grant of this plugin', async (t) => {
  const app = Fastify()
  t.teardown(() => app.close())
  await app.register(guard)
  await app.register(tokenEndpoint, { issuer, audience: issuer, keys: [key], store: memoryStore() })
  app.tokenEndpoint.addFlows((tokenUrl) => ({ clientCredentials: { tokenUrl, scopes: {} } }))
  app.guard.addAuthenticator({
    scheme: 'bearer',
    challenge: 'Bearer',
    ambient: false,
    header: 'authorization',
    securitySchemes: {},
    authenticate: () => null
  })
  await app.ready()
  const found = app.guard.securitySchemes().map(({ name, definition }) => [name, definition()])
  t.same(found, [['oauth2', { type: 'oauth2', flows: { clientCredentials: { tokenUrl: '/token', scopes: {} } } }]])
})

const listed: Client = { clientId: 'listed', grantTypes, clientName: 'Listed' }
const gone: Client = { clientId: 'gone', grantTypes, disabled: true }

for (const [name, clients] of Object.entries({
  list: [listed, gone],
  function: async (clientId: string) => [listed, gone].find((client) => client.clientId === clientId)
})) {
  t.test(`addClients() finds the clients that the ${name} of the option does not have (SEC-12)`, async (t) => {
    const asked: string[] = []
    const found =
      (label: string, ...known: string[]): FindClient =>
      async (clientId) => {
        asked.push(`${label} ${clientId}`)
        return known.includes(clientId) ? { clientId, grantTypes, clientName: label } : null
      }
    const { app, login } = await server({ clients })
    app.tokenEndpoint.addClients(found('first', 'listed', 'gone', 'a'))
    app.tokenEndpoint.addClients(found('second', 'a', 'https://b.example/client'))
    const { findClient } = app.tokenEndpoint
    t.equal((await findClient('listed'))?.clientName, 'Listed')
    t.equal(await findClient('gone'), undefined, 'a disabled client stays disabled')
    t.same(asked, [])
    t.equal((await findClient('a'))?.clientName, 'first')
    t.equal((await findClient('https://b.example/client'))?.clientName, 'second')
    t.equal(await findClient('none'), undefined)
    const { isAddedClient } = app.tokenEndpoint
    t.equal(isAddedClient((await findClient('listed')) ?? gone), false)
    t.equal(isAddedClient((await findClient('a')) ?? gone), true)
    t.same(asked.splice(-1), ['first a'])
    t.same(asked, [
      'first a',
      'first https://b.example/client',
      'second https://b.example/client',
      'first none',
      'second none'
    ])
    for (const odd of ['a\0b', '', 'x'.repeat(256), 7, undefined]) {
      t.equal(await findClient(odd as string), undefined, 'a plugin in JavaScript may pass any value')
    }
    t.equal(asked.length, 5)
    for (const client_id of ['a', 'listed']) like(t, await login({ client_id }), { status: 200 }, client_id)
    for (const client_id of ['gone', 'none']) like(t, await login({ client_id }), unknown, client_id)
  })
}

t.test('the metadata list public clients as soon as they can be added', async (t) => {
  const methods = 'token_endpoint_auth_methods_supported'
  const secretly: Client = { ...listed, clientSecretHash: hashClientSecret('9f86d081884c7d659a2feaa0c55ad015') }
  const both = ['client_secret_basic', 'client_secret_post']
  for (const [clients, before, after] of [
    [[secretly], both, ['none', ...both]],
    [[listed], ['none'], ['none']],
    [async () => null, ['none', ...both], ['none', ...both]]
  ] as const) {
    const { app } = await server({ clients })
    t.same((await metadataOf(app))[methods], before)
    app.tokenEndpoint.addClients(async () => null)
    app.tokenEndpoint.addClients(async () => null)
    t.same((await metadataOf(app))[methods], after)
  }
})

t.test(
  'a client that addClients() finds must be well-formed, without a secret, and the one that was asked for',
  async (t) => {
    const odd: Record<string, [found: unknown, status: number]> = {
      'another client': [{ ...listed, clientId: 'other' }, 401],
      'a disabled client': [{ ...listed, clientId: 'a', disabled: true }, 401],
      'a client with a secret': [
        { ...listed, clientId: 'a', clientSecretHash: hashClientSecret('9f86d081884c7d659a2feaa0c55ad015') },
        500
      ],
      'a client without grant types': [{ clientId: 'a' }, 500],
      'a client with an odd redirect URI': [{ ...listed, clientId: 'a', redirectUris: ['javascript:alert(1)'] }, 500],
      'a text': ['a', 500]
    }
    for (const [name, [found, status]] of Object.entries(odd)) {
      const { app, login } = await server({ clients: [listed] })
      app.tokenEndpoint.addClients(async () => found as Client) // a plugin in JavaScript may return any value
      t.equal((await login({ client_id: 'a' })).status, status, name)
    }
    const { app, login } = await server({ clients: [listed] })
    app.tokenEndpoint.addClients(async () => {
      throw new UnavailableError('clients', { retryAfter: 7 })
    })
    like(t, await login({ client_id: 'a' }), { status: 503, headers: { 'retry-after': '7' } })
    like(t, await login({ client_id: 'listed' }), { status: 200 })
  }
)

t.test('returns all members of a client', async (t) => {
  const full: Client = {
    clientId: 'full',
    grantTypes,
    redirectUris: ['https://app.example/cb'],
    clientName: 'Photos',
    isFirstParty: true,
    requirePushedAuthorizationRequests: true
  }
  const { app } = await server({ clients: [full] })
  t.same(await app.tokenEndpoint.findClient('full'), full)
  const row = { ...full, clientId: 'row', id: 7, scopes: null }
  app.tokenEndpoint.addClients(async () => row as unknown as Client) // a database returns null for optional members
  t.same(await app.tokenEndpoint.findClient('row'), { ...full, clientId: 'row' })
})

for (const [method, name] of [
  ['addMetadata', 'members'],
  ['addFlows', 'flows'],
  ['addClients', 'findClient']
] as const) {
  t.test(`${method}() refuses an argument that is not a function (SEC-153)`, async (t) => {
    const { app } = await server()
    const call = app.tokenEndpoint[method] as (argument: unknown) => void
    for (const [value, kind] of [
      [{}, 'an object'],
      [undefined, 'undefined']
    ] as const) {
      throwsLike(t, () => call(value), {
        code: 'LATCHKEY_REGISTRATION',
        message: `app.tokenEndpoint.${method}(): argument "${name}" must be a function; got ${kind}`
      })
    }
  })
}
