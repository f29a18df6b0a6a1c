import Fastify, { type FastifyInstance } from 'fastify'
import t, { type Test } from 'tap'
import { like } from '@latchkey/exact'
import guard, {
  allOf,
  authenticated,
  everyone,
  type GuardOptions,
  InvalidTokenError,
  UnavailableError
} from '@latchkey/guard'
import { keyAuthenticator } from './fixtures/key-authenticator.ts'

async function serverWith(t: Test, options: GuardOptions): Promise<FastifyInstance> {
  const app = Fastify()
  t.teardown(() => app.close())
  await app.register(guard, options)
  app.guard.addAuthenticator(keyAuthenticator())
  app.get('/me', { config: { access: authenticated } }, async ({ principal }) => ({
    ...principal,
    scopes: [...principal.scopes]
  }))
  app.get('/read', { config: { access: allOf('read') } }, async () => 'read')
  app.get('/open', { config: { access: everyone } }, async ({ principalIfAny }) => principalIfAny?.subject ?? 'nobody')
  app.get('/careless', { config: { access: everyone } }, async ({ principal }) => principal.subject)
  return app
}

t.test('passes the principal and its scheme to a handler', async (t) => {
  const app = await serverWith(t, {})
  const response = await app.inject({ url: '/me', headers: { key: 'ann read' } })
  t.same(response.json(), {
    subject: 'ann',
    issuer: null,
    scopes: ['read'],
    claims: {},
    authenticatedAt: null,
    scheme: 'key'
  })
})

for (const options of [{}, { permissions: async () => ['read'] }]) {
  t.test(
    `no further member of an authentication replaces a member of the principal, with ${JSON.stringify(Object.keys(options))}`,
    async (t) => {
      const app = Fastify()
      t.teardown(() => app.close())
      await app.register(guard, options)
      const known = { subject: 'ann', issuer: null, scopes: new Set(['read']), claims: {}, authenticatedAt: 1 }
      const authentication = { ...known, clientId: 'shop', scheme: 'session', user: { isAdmin: true } }
      app.guard.addAuthenticator({ ...keyAuthenticator(), authenticate: () => authentication })
      app.get('/', { config: { access: authenticated } }, async ({ principal }) => ({
        ...principal,
        scopes: [...principal.scopes]
      }))
      t.same((await app.inject('/')).json(), {
        subject: 'ann',
        issuer: null,
        scopes: ['read'],
        claims: {},
        authenticatedAt: 1,
        clientId: 'shop',
        scheme: 'key'
      })
    }
  )
}

t.test('returns null for an anonymous caller from principalIfAny, and a clear error from principal', async (t) => {
  const app = await serverWith(t, {})
  t.equal((await app.inject('/open')).body, 'nobody')
  t.equal((await app.inject({ url: '/open', headers: { key: 'ann' } })).body, 'ann')
  t.equal((await app.inject({ url: '/careless', headers: { key: 'ann' } })).body, 'ann')
  const response = await app.inject('/careless')
  t.equal(response.statusCode, 500)
  t.equal(response.json().code, 'LATCHKEY_ANONYMOUS_PRINCIPAL')
})

t.test('creates a principal for each request, so that a change affects one request only', async (t) => {
  const app = Fastify()
  t.teardown(() => app.close())
  await app.register(guard)
  const record = { subject: 'ann', issuer: null, scopes: new Set(['read']), claims: {}, authenticatedAt: 1 }
  app.guard.addAuthenticator({ ...keyAuthenticator(), authenticate: () => record })
  app.get('/taint', { config: { access: authenticated } }, async ({ principal }) => {
    // Possible in JavaScript.
    const scopes = principal.scopes as Set<string>
    Set.prototype.add.call(scopes, 'admin')
  })
  app.get('/admin', { config: { access: allOf('admin') } }, async () => 'admin')
  t.equal((await app.inject('/taint')).statusCode, 500)
  t.equal((await app.inject('/admin')).statusCode, 403)
  t.same(record.scopes, new Set(['read']))
  record.scopes = new Set(['admin'])
  t.equal((await app.inject('/admin')).statusCode, 200, 'the current answer of the authenticator counts')
})

t.test('resolves implied scopes over several steps and in circles', async (t) => {
  const app = await serverWith(t, {
    scopes: { read: 'Read', write: 'Write', admin: 'All', odd: 'Odd' },
    implies: { admin: ['write'], write: ['read'], odd: ['odd', 'admin'] }
  })
  for (const held of ['read', 'write', 'admin', 'odd']) {
    t.equal((await app.inject({ url: '/read', headers: { key: `ann ${held}` } })).statusCode, 200, held)
  }
  const response = await app.inject({ url: '/read', headers: { key: 'ann' } })
  t.match(response.headers['www-authenticate'], /scope="read"/, 'the challenge names the scope of the rule')
})

t.test('limits the scopes of a credential to the current permissions of the user', async (t) => {
  let allowed = ['write']
  const app = await serverWith(t, { implies: { write: ['read'] }, permissions: async () => allowed })
  const me = async (key: string): Promise<unknown> => (await app.inject({ url: '/me', headers: { key } })).json().scopes
  t.same(await me('ann read'), ['read'])
  t.same(await me('ann write other'), ['write', 'read'])
  t.equal((await app.inject({ url: '/read', headers: { key: 'ann read' } })).statusCode, 200)
  allowed = []
  t.same(await me('ann write'), [])
  t.equal((await app.inject({ url: '/read', headers: { key: 'ann read' } })).statusCode, 403)
})

t.test('gives a credential without scopes all permissions of the user', async (t) => {
  for (const [permissions, status] of [
    [() => ['read'], 200],
    [undefined, 403]
  ] as const) {
    const app = Fastify()
    t.teardown(() => app.close())
    // With resolveUser, principals are not shared, so both ways to make one are tested.
    await app.register(guard, permissions ? { permissions } : { resolveUser: () => 'somebody' })
    const authentication = { subject: 'ann', issuer: null, scopes: null, claims: {}, authenticatedAt: null }
    app.guard.addAuthenticator({ ...keyAuthenticator(), authenticate: () => authentication })
    app.get('/', { config: { access: allOf('read') } }, async () => 'read')
    t.equal((await app.inject('/')).statusCode, status)
  }
  const constant = Fastify()
  t.teardown(() => constant.close())
  await constant.register(guard)
  const authentication = { subject: 'ann', issuer: null, scopes: null, claims: {}, authenticatedAt: null }
  constant.guard.addAuthenticator({ ...keyAuthenticator(), authenticate: () => authentication })
  constant.get('/', { config: { access: authenticated } }, async ({ principal }) => String(principal.scopes.size))
  t.equal((await constant.inject('/')).body, '0')
})

t.test('adds the user of the application to the principal, and passes it to permissions', async (t) => {
  const app = await serverWith(t, {
    resolveUser: async ({ subject, scheme }) => ({ name: subject.toUpperCase(), scheme }),
    permissions: ({ user }) => [(user as { name: string }).name]
  })
  const { user, scopes } = (await app.inject({ url: '/me', headers: { key: 'ann ANN' } })).json()
  t.same(user, { name: 'ANN', scheme: 'key' })
  t.same(scopes, ['ANN'])
})

t.test('keeps the scopes of the credential when the application resolves only the user', async (t) => {
  const app = await serverWith(t, { resolveUser: () => 'somebody' })
  t.same((await app.inject({ url: '/me', headers: { key: 'ann read' } })).json().scopes, ['read'])
})

t.test('refuses a credential whose user no longer exists (SEC-59)', async (t) => {
  for (const nobody of [null, undefined, false] as const) {
    const app = await serverWith(t, { resolveUser: () => nobody })
    const response = await app.inject({ url: '/open', headers: { key: 'ann' } })
    t.equal(response.statusCode, 401)
    t.match(response.headers['www-authenticate'], /^Key error="invalid_token"/)
  }
})

t.test(
  'treats a cookie of a missing or disabled user as anonymous, so that the login page stays available (SEC-59)',
  async (t) => {
    const gone = (): never => {
      throw new InvalidTokenError('The account is disabled')
    }
    for (const options of [{ resolveUser: () => null }, { permissions: gone }]) {
      const app = Fastify()
      t.teardown(() => app.close())
      await app.register(guard, options)
      app.guard.addAuthenticator({ ...keyAuthenticator(), ambient: true })
      app.get(
        '/login',
        { config: { access: everyone } },
        async ({ principalIfAny }) => principalIfAny?.subject ?? 'nobody'
      )
      app.get('/me', { config: { access: authenticated } }, async () => 'me')
      const headers = { key: 'ann' }
      like(t, await app.inject({ url: '/login', headers }), { statusCode: 200, body: 'nobody' })
      const refused = await app.inject({ url: '/me', headers })
      like(t, [refused.statusCode, refused.json().code], [401, 'LATCHKEY_AUTHENTICATION_REQUIRED'])
    }
  }
)

t.test('answers 500 without details when resolveUser or permissions throws (FAULT-28)', async (t) => {
  const boom = (): never => {
    throw new Error('db password hunter2')
  }
  const word = { permissions: () => 'read' }
  for (const options of [{ resolveUser: boom }, { permissions: boom }, { permissions: async () => boom() }, word]) {
    const app = await serverWith(t, options)
    const response = await app.inject({ url: '/open', headers: { key: 'ann' } })
    t.equal(response.statusCode, 500)
    t.equal(response.json().code, 'LATCHKEY_GUARD_FAILURE')
    t.notMatch(response.body, /hunter2/)
    t.equal((await app.inject('/open')).statusCode, 200)
  }
})

t.test('answers 503 when resolveUser or permissions throws UnavailableError (SEC-68)', async (t) => {
  const down = (): never => {
    throw new UnavailableError('The user database does not answer')
  }
  for (const options of [{ resolveUser: down }, { permissions: down }]) {
    const app = await serverWith(t, options)
    const response = await app.inject({ url: '/me', headers: { key: 'ann' } })
    t.equal(response.statusCode, 503)
    t.equal(response.headers['retry-after'], '5')
  }
})

t.test('passes on the 503 of a store or another server, without its message (SEC-68)', async (t) => {
  for (const [retryAfter, told] of [
    [undefined, '5'],
    ['soon', '5'],
    [30, '30']
  ]) {
    const permissions = (): never => {
      throw Object.assign(new Error('db hunter2'), { statusCode: 503, retryAfter })
    }
    const app = await serverWith(t, { permissions })
    const response = await app.inject({ url: '/me', headers: { key: 'ann' } })
    like(t, [response.statusCode, response.json().code], [503, 'LATCHKEY_UNAVAILABLE'])
    t.equal(response.headers['retry-after'], told)
    t.notMatch(response.body, /hunter2/)
  }
})
