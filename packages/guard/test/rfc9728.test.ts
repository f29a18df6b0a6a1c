import Fastify, { type FastifyInstance } from 'fastify'
import t, { type Test } from 'tap'
import { like, rejectsLike } from '@latchkey/exact'
import guard, {
  allOf,
  anyOf,
  authenticated,
  type Authenticator,
  type GuardOptions,
  InvalidDpopProofError,
  noAuthentication
} from '@latchkey/guard'
import { keyAuthenticator } from './fixtures/key-authenticator.ts'

const root = '/.well-known/oauth-protected-resource'
const resource = 'https://api.example.com'
const issuers = { authorization_servers: ['https://login.example.com'] }
const bearer: Authenticator = {
  ...keyAuthenticator({ scheme: 'bearer', challenge: 'Bearer' }),
  resourceMetadata: issuers
}
const cookie = keyAuthenticator({ scheme: 'session', challenge: null, header: 'cookie', ambient: true })

async function serverWith(
  t: Test,
  options: GuardOptions,
  authenticators: Authenticator[] = [bearer]
): Promise<FastifyInstance> {
  const app = Fastify()
  t.teardown(() => app.close())
  await app.register(guard, options)
  for (const authenticator of authenticators) app.guard.addAuthenticator(authenticator)
  app.get('/items', { config: { access: anyOf('items:write', allOf('items:read', 'a')) } }, async () => 'items')
  return app
}

async function metadataOf(app: FastifyInstance, url = root): Promise<Record<string, unknown>> {
  const response = await app.inject(url)
  if (response.statusCode !== 200) throw new Error(response.body)
  return response.json()
}

t.test('serves the metadata of the resource, cacheable by everyone for five minutes (SEC-73)', async (t) => {
  const app = await serverWith(t, { resource })
  for (const method of ['GET', 'HEAD'] as const) {
    const response = await app.inject({ method, url: root })
    t.equal(response.statusCode, 200)
    t.equal(response.headers['content-type'], 'application/json; charset=utf-8')
    t.equal(response.headers['cache-control'], 'public, max-age=300')
    t.equal(response.headers.vary, undefined, 'the metadata do not depend on the caller')
    t.equal(response.headers['access-control-allow-origin'], undefined)
  }
  t.same(await metadataOf(app), {
    resource,
    scopes_supported: ['a', 'items:read', 'items:write'],
    bearer_methods_supported: ['header'],
    ...issuers
  })
  t.equal((await app.inject(`${root}/`)).statusCode, 404)
  t.equal((await app.inject(`${root}/items`)).statusCode, 404)
})

t.test('serves and names no metadata without the option', async (t) => {
  const app = await serverWith(t, {})
  t.equal((await app.inject(root)).statusCode, 404)
  t.equal((await app.inject('/items')).headers['www-authenticate'], 'Bearer scope="items:write"')
})

const paths: { identifier: string; path: string; elsewhere: string }[] = [
  { identifier: resource, path: root, elsewhere: `${root}/v1` },
  { identifier: `${resource}/`, path: root, elsewhere: `${root}/` },
  { identifier: `${resource}/v1`, path: `${root}/v1`, elsewhere: root },
  { identifier: `${resource}/v1/`, path: `${root}/v1/`, elsewhere: `${root}/v1` },
  { identifier: `${resource}:8443/a/b.c`, path: `${root}/a/b.c`, elsewhere: root },
  { identifier: `${resource}/urn:x`, path: `${root}/urn:x`, elsewhere: `${root}/urn` },
  { identifier: 'http://localhost:3000/v1', path: `${root}/v1`, elsewhere: root },
  { identifier: 'http://[::1]:3000', path: root, elsewhere: `${root}/v1` }
]

for (const { identifier, path, elsewhere } of paths) {
  t.test(`serves the metadata of ${identifier} at its RFC 9728 path, with the exact identifier (SEC-73)`, async (t) => {
    for (const prefix of ['', '/v1']) {
      const app = Fastify()
      t.teardown(() => app.close())
      app.register(
        async (child) => {
          await child.register(guard, { resource: identifier })
          child.guard.addAuthenticator(bearer)
          child.get('/items', { config: { access: authenticated } }, async () => 'items')
        },
        { prefix }
      )
      t.equal((await metadataOf(app, path))['resource'], identifier)
      t.equal((await app.inject(elsewhere)).statusCode, 404)
      const refused = await app.inject(`${prefix}/items`)
      const url = new URL(identifier).origin + path
      t.equal(refused.headers['www-authenticate'], `Bearer resource_metadata="${url}"`)
    }
  })
}

t.test('leaves out empty members (SEC-73)', async (t) => {
  const empty = { authorization_servers: [], jwks_uri: '', dpop_bound_access_tokens_required: false }
  const app = Fastify()
  t.teardown(() => app.close())
  await app.register(guard, { resource: { identifier: resource, name: undefined }, undeclared: 'allow' })
  app.guard.addAuthenticator({ ...cookie, resourceMetadata: empty })
  app.get('/undeclared', async () => 'ok')
  app.get('/', { config: { access: authenticated } }, async () => 'ok')
  t.same(await metadataOf(app), { resource, dpop_bound_access_tokens_required: false })
})

t.test('merges the lists of all authenticators, and uses the first value of other members (SEC-73)', async (t) => {
  const one = {
    authorization_servers: ['https://a.example', 'https://a.example', 'https://b.example'],
    policy: 'first'
  }
  const two = {
    authorization_servers: ['https://b.example', 'https://c.example'],
    policy: 'second',
    extra: ['x'],
    resource: 'https://evil.example',
    scopes_supported: 'none',
    bearer_methods_supported: ['body']
  }
  const app = await serverWith(
    t,
    { resource: { identifier: resource, name: 'Items', documentation: `${resource}/docs` } },
    [
      { ...bearer, resourceMetadata: one },
      { ...cookie, resourceMetadata: two }
    ]
  )
  t.same(await metadataOf(app), {
    resource,
    scopes_supported: ['a', 'items:read', 'items:write'],
    bearer_methods_supported: ['header', 'body'],
    resource_name: 'Items',
    resource_documentation: `${resource}/docs`,
    authorization_servers: ['https://a.example', 'https://b.example', 'https://c.example'],
    policy: 'first',
    extra: ['x']
  })
})

t.test('serves the metadata without authentication under any rules (SEC-73)', async (t) => {
  const app = await serverWith(t, { resource, routes: { '/items': allOf('more') } })
  app.guard.require(allOf('nobody'))
  for (const headers of [{}, { key: 'bad' }, { key: 'ann' }]) {
    const response = await app.inject({ url: root, headers })
    t.equal(response.statusCode, 200)
    t.equal(response.headers['cache-control'], 'public, max-age=300')
  }
  t.same((await metadataOf(app))['scopes_supported'], ['a', 'items:read', 'items:write', 'more', 'nobody'])
  const listed = app.guard.routes().filter(({ url }) => url === root)
  like(t, listed, [
    { method: 'GET', rule: noAuthentication, sources: ['route'] },
    { method: 'HEAD', rule: noAuthentication, sources: ['route'] }
  ])
})

t.test('serves separate metadata for guarded contexts next to each other (SEC-73)', async (t) => {
  const app = Fastify()
  t.teardown(() => app.close())
  for (const name of ['a', 'b']) {
    app.register(
      async (child) => {
        await child.register(guard, { resource: `${resource}/${name}` })
        child.guard.addAuthenticator(bearer)
        child.get('/items', { config: { access: allOf(`${name}:read`) } }, async () => name)
      },
      { prefix: `/${name}` }
    )
  }
  for (const name of ['a', 'b']) {
    const metadata = await metadataOf(app, `${root}/${name}`)
    like(t, metadata, { resource: `${resource}/${name}`, scopes_supported: [`${name}:read`] })
    const refused = await app.inject(`/${name}/items`)
    const parameters = `scope="${name}:read", resource_metadata="${resource}${root}/${name}"`
    t.equal(refused.headers['www-authenticate'], `Bearer ${parameters}`)
  }
})

t.test('does not start when a rule is mapped to the metadata, because it would have no effect (SEC-153)', async (t) => {
  const app = Fastify()
  await app.register(guard, { resource: 'https://api.example.com', routes: { [root]: authenticated } })
  await rejectsLike(t, async () => app.ready(), {
    code: 'LATCHKEY_ROUTE_ACCESS',
    message:
      /GET \/\.well-known\/oauth-protected-resource has noAuthentication by its config\.access, .* by the guard's option "routes"/
  })
})

t.test('refuses a resource that another guard already has (SEC-153)', async (t) => {
  const app = Fastify()
  t.teardown(() => app.close())
  for (const prefix of ['/a', '/b']) {
    app.register(
      async (child) => {
        await child.register(guard, { resource })
      },
      { prefix }
    )
  }
  await rejectsLike(t, async () => app.ready(), {
    code: 'LATCHKEY_REGISTRATION',
    message:
      '@latchkey/guard: resource must differ from the resource of another guard: this server has its metadata already'
  })
})

t.test('names the metadata in every challenge, and adds the parameters of each scheme (SEC-65, SEC-73)', async (t) => {
  const dpop = keyAuthenticator({ scheme: 'dpop', challenge: 'DPoP', header: 'dpop' })
  const proof = new InvalidDpopProofError('invalid_dpop_proof', 'The proof is of another key', { cause: 'jkt' })
  const app = await serverWith(t, { resource }, [
    bearer,
    cookie,
    {
      ...dpop,
      challengeParameters: { algs: 'ES256 EdDSA' },
      authenticate(request) {
        if (request.headers['dpop'] === 'bad') throw proof
        return dpop.authenticate(request)
      }
    }
  ])
  const named = `resource_metadata="${resource}${root}"`
  const challengeFor = async (headers: Record<string, string>): Promise<unknown> =>
    (await app.inject({ url: '/items', headers })).headers['www-authenticate']
  const asked = `scope="items:write", ${named}`
  t.equal(await challengeFor({}), `Bearer ${asked}, DPoP ${asked}, algs="ES256 EdDSA"`)
  t.equal(
    await challengeFor({ key: 'bad' }),
    `Bearer error="invalid_token", error_description="The key is not valid", ${named}`
  )
  like(
    t,
    await challengeFor({ key: 'ann' }),
    new RegExp(`^Bearer error="insufficient_scope", .*, scope="items:write", ${named}$`)
  )
  t.equal(
    await challengeFor({ dpop: 'bad' }),
    `DPoP error="invalid_dpop_proof", error_description="The proof is of another key", ${named}, algs="ES256 EdDSA"`
  )
  t.equal(await challengeFor({ cookie: 'ann' }), undefined)
})
