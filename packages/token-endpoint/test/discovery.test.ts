import Fastify, { type FastifyInstance } from 'fastify'
import t from 'tap'
import { like } from '@latchkey/exact'
import type { DocumentedScheme } from '@latchkey/guard'
import { memoryStore } from '@latchkey/store/memory'
import tokenEndpoint, { type Client, generateClientSecret, type TokenEndpointOptions } from '@latchkey/token-endpoint'
import { issuer, key, toyGrant } from './fixtures/server.ts'

const options = (): TokenEndpointOptions => ({ issuer, audience: issuer, keys: [key], store: memoryStore() })

// Only the members of a guard that the token endpoint uses.
function withGuard(app: FastifyInstance, scopes: Record<string, string>): DocumentedScheme[] {
  const schemes: DocumentedScheme[] = []
  const guard = {
    scopes,
    addRevocation() {},
    addSecurityScheme: (scheme: DocumentedScheme) => void schemes.push(scheme)
  }
  app.decorate<unknown>('guard', guard)
  return schemes
}

t.test(
  'the metadata contain the configured issuer and the enabled endpoints, and are cacheable (SEC-74, RFC 9700 §2.6)',
  async (t) => {
    const app = Fastify()
    await app.register(tokenEndpoint, options())
    const answer = await app.inject('/.well-known/oauth-authorization-server')
    t.equal(answer.statusCode, 200)
    like(t, answer.headers, { 'content-type': /^application\/json/, 'cache-control': 'public, max-age=300' })
    t.same(answer.json(), {
      issuer,
      token_endpoint: 'https://api.example.com/token',
      jwks_uri: 'https://api.example.com/jwks',
      response_types_supported: [],
      grant_types_supported: ['refresh_token'],
      token_endpoint_auth_methods_supported: ['none'],
      revocation_endpoint: 'https://api.example.com/revoke',
      revocation_endpoint_auth_methods_supported: ['none']
    })
  }
)

t.test('the metadata contain the registered grants and the scopes of the guard (SEC-74)', async (t) => {
  const app = Fastify()
  await app.register(tokenEndpoint, options())
  app.tokenEndpoint.addGrant(toyGrant)
  withGuard(app, { 'items:read': 'Read items', 'items:write': 'Change items' })
  like(t, (await app.inject('/.well-known/oauth-authorization-server')).json(), {
    grant_types_supported: ['refresh_token', 'password'],
    scopes_supported: ['items:read', 'items:write']
  })
})

t.test('the metadata have no scopes when the guard has none (SEC-74)', async (t) => {
  const app = Fastify()
  await app.register(tokenEndpoint, options())
  withGuard(app, {})
  t.notOk('scopes_supported' in (await app.inject('/.well-known/oauth-authorization-server')).json())
})

const { clientSecretHash } = generateClientSecret()
const client: Client = { clientId: 'a', grantTypes: ['password'] }
for (const [name, clients, methods] of [
  ['public clients', [client], ['none']],
  ['confidential clients', [{ ...client, clientSecretHash }], ['client_secret_basic', 'client_secret_post']],
  [
    'a client that is limited to the header',
    [{ ...client, clientSecretHash, tokenEndpointAuthMethod: 'client_secret_basic' }],
    ['client_secret_basic']
  ],
  [
    'clients of both kinds',
    [client, { ...client, clientId: 'b', clientSecretHash }],
    ['none', 'client_secret_basic', 'client_secret_post']
  ],
  ['a function', async () => client, ['none', 'client_secret_basic', 'client_secret_post']]
] as const) {
  t.test(`the metadata contain the authentication methods of the clients: ${name} (SEC-74)`, async (t) => {
    const app = Fastify()
    await app.register(tokenEndpoint, { ...options(), clients })
    const metadata = (await app.inject('/.well-known/oauth-authorization-server')).json()
    t.same(metadata.token_endpoint_auth_methods_supported, methods)
    t.same(metadata.revocation_endpoint_auth_methods_supported, methods)
    const confidential = methods.filter((method) => method !== 'none')
    t.equal(metadata.introspection_endpoint, confidential.length > 0 ? `${issuer}/introspect` : undefined)
    t.same(metadata.introspection_endpoint_auth_methods_supported ?? [], confidential)
  })
}

for (const [given, path] of [
  ['https://api.example.com/', '/.well-known/oauth-authorization-server'],
  ['https://api.example.com/tenant', '/.well-known/oauth-authorization-server/tenant'],
  ['https://api.example.com/a/b/', '/.well-known/oauth-authorization-server/a/b']
] as const) {
  t.test(`the metadata of ${given} are at ${path} (SEC-74)`, async (t) => {
    const app = Fastify()
    await app.register(tokenEndpoint, { ...options(), issuer: given })
    const answer = await app.inject(path)
    like(
      t,
      [answer.statusCode, answer.json()],
      [200, { issuer: given, token_endpoint: 'https://api.example.com/token' }]
    )
  })
}

for (const prefix of ['/v1', '/v1/']) {
  t.test(
    `the URLs contain the prefix ${prefix}, and the log warns that clients do not find the metadata (SEC-30, SEC-74)`,
    async (t) => {
      const lines: string[] = []
      const stream = { write: (line: string) => void lines.push(line) }
      const app = Fastify({ logger: { level: 'warn', stream } })
      await app.register(
        async (child) => {
          await child.register(tokenEndpoint, { ...options(), issuer: 'https://api.example.com/v1' })
          child.tokenEndpoint.addGrant(toyGrant)
        },
        { prefix }
      )
      like(t, (await app.inject('/v1/.well-known/oauth-authorization-server')).json(), {
        issuer: 'https://api.example.com/v1',
        token_endpoint: 'https://api.example.com/v1/token',
        jwks_uri: 'https://api.example.com/v1/jwks',
        revocation_endpoint: 'https://api.example.com/v1/revoke'
      })
      t.equal((await app.inject('/v1/jwks')).statusCode, 200)
      const answer = await app.inject({
        method: 'POST',
        url: '/v1/token',
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        payload: 'grant_type=password&username=alice&password=opensesame'
      })
      t.equal(answer.statusCode, 200)
      like(t, lines, [/under a prefix clients do not find the metadata/])
    }
  )
}

t.test(
  'under the prefix / the metadata are where clients look for them, and the log has no warning (SEC-30)',
  async (t) => {
    const lines: string[] = []
    const app = Fastify({ logger: { level: 'warn', stream: { write: (line: string) => void lines.push(line) } } })
    await app.register(
      async (child) => {
        await child.register(tokenEndpoint, { ...options(), issuer: 'https://api.example.com/v2' })
      },
      { prefix: '/' }
    )
    like(t, (await app.inject('/.well-known/oauth-authorization-server/v2')).json(), {
      token_endpoint: 'https://api.example.com/token'
    })
    t.same(lines, [])
  }
)

t.test('the guard documents the flows of the registered grants, in any order of registration', async (t) => {
  const app = Fastify()
  const scopes = { 'items:read': 'Read items' }
  let schemes: DocumentedScheme[] = []
  await app.register(
    async (child) => {
      await child.register(tokenEndpoint, { ...options(), path: '/oauth/token' })
      child.tokenEndpoint.addGrant(toyGrant)
      child.tokenEndpoint.addGrant({ ...toyGrant, grantType: 'client_credentials' })
      schemes = withGuard(child, scopes)
    },
    { prefix: '/v1' }
  )
  await app.ready()
  like(t, schemes, [{ name: 'oauth2', opens: 'bearer' }])
  t.same(schemes[0]?.definition(), {
    type: 'oauth2',
    flows: {
      password: { tokenUrl: '/v1/oauth/token', refreshUrl: '/v1/oauth/token', scopes },
      clientCredentials: { tokenUrl: '/v1/oauth/token', scopes }
    }
  })
})

t.test('the guard documents no flow when no grant has one', async (t) => {
  const app = Fastify()
  const schemes = withGuard(app, {})
  await app.register(tokenEndpoint, options())
  await app.ready()
  t.same(schemes, [])
})

t.test(
  'the routes declare noAuthentication under any rules of the application, and are documented (K2.2)',
  async (t) => {
    const app = Fastify()
    const routes = new Map<string, { config: unknown; schema: unknown }>()
    app.addHook('onRoute', ({ method, url, config, schema: validated }) => {
      t.equal(validated, undefined)
      // The members of a route's schema that @fastify/swagger reads.
      const { swaggerTransform } = config as unknown as { swaggerTransform(input: object): { schema: object } }
      routes.set(`${String(method)} ${url}`, { config, schema: swaggerTransform({ url }).schema })
    })
    await app.register(tokenEndpoint, options())
    await app.ready()
    for (const [route, { config }] of routes) {
      like(t, config, { access: { kind: 'noAuthentication' }, otherRules: 'ignored' }, route)
    }
    like(t, routes.get('POST /token')?.schema, {
      tags: ['OAuth'],
      consumes: ['application/x-www-form-urlencoded'],
      summary: String
    })
    for (const route of ['POST /revoke', 'POST /introspect']) {
      like(t, routes.get(route)?.schema, { tags: ['OAuth'], consumes: ['application/x-www-form-urlencoded'] }, route)
    }
    like(t, routes.get('GET /jwks')?.schema, { tags: ['OAuth'], summary: String })
    like(t, routes.get('GET /.well-known/oauth-authorization-server')?.schema, { tags: ['OAuth'], summary: String })
    like(
      t,
      [...routes].find(([route]) => route.includes('PUT')),
      [/GET,HEAD|PUT/, { schema: { hide: true } }]
    )
  }
)
