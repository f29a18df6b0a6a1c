import Fastify from 'fastify'
import t from 'tap'
import guard, {
  allOf,
  type Authenticator,
  authenticated,
  everyone,
  InvalidTokenError,
  type Principal
} from '@latchkey/guard'
import { readonlyScopes } from '@latchkey/guard/plugin'
import { keyAuthenticator } from './fixtures/key-authenticator.ts'

t.test('creates one immutable principal for a frozen authentication', async (t) => {
  const app = Fastify()
  t.teardown(() => app.close())
  await app.register(guard, { implies: { write: ['read'] } })
  const frozen = Object.freeze({
    subject: 'ann',
    issuer: null,
    scopes: new Set(['write']),
    claims: Object.freeze({}),
    authenticatedAt: 1
  })
  for (const scheme of ['key', 'other']) {
    const authenticate: Authenticator['authenticate'] = ({ headers }) => (headers['key'] === scheme ? frozen : null)
    app.guard.addAuthenticator({ ...keyAuthenticator(), scheme, authenticate })
  }
  const seen: unknown[] = []
  app.get('/me', { config: { access: allOf('read') } }, async ({ principal }) => {
    seen.push(principal)
    return principal.scheme
  })
  for (const method of ['add', 'delete', 'clear'] as const) {
    // Possible in JavaScript.
    app.get(`/${method}`, { config: { access: authenticated } }, async ({ principal }) => {
      ;(principal.scopes as Set<string>)[method]('read')
    })
  }
  for (const url of ['/add', '/delete', '/clear']) {
    t.equal((await app.inject({ url, headers: { key: 'key' } })).statusCode, 500)
  }
  for (const key of ['key', 'key', 'other']) t.equal((await app.inject({ url: '/me', headers: { key } })).body, key)
  t.equal(seen[1], seen[0])
  t.ok(Object.isFrozen(seen[0]))
  t.same(frozen.scopes, new Set(['write']))
})

t.test('expands an immutable set of scopes once, for all principals that carry it', async (t) => {
  const app = Fastify()
  t.teardown(() => app.close())
  await app.register(guard, { implies: { write: ['read'] } })
  const scopes = readonlyScopes(['write'])
  const claims = Object.freeze({ address: Object.freeze({ city: 'Ghent' }), name: null })
  const authenticate: Authenticator['authenticate'] = ({ id }) => {
    return { subject: id, issuer: null, scopes, claims, authenticatedAt: null }
  }
  app.guard.addAuthenticator({ ...keyAuthenticator(), authenticate })
  const seen: Principal[] = []
  app.get('/', { config: { access: allOf('read') } }, async ({ principal }) => void seen.push(principal))
  for (let i = 0; i < 2; i++) t.equal((await app.inject('/')).statusCode, 200)
  const [first, second] = seen
  t.not(first, second)
  t.equal(first?.scopes, second?.scopes)
  t.same([...(first?.scopes ?? [])], ['write', 'read'])
  t.equal(first?.claims, claims, 'deeply frozen claims are not copied')
})

t.test('copies and freezes claims that are frozen on the outside only', async (t) => {
  const app = Fastify()
  t.teardown(() => app.close())
  await app.register(guard)
  const address = { city: 'Ghent' }
  const claims = Object.freeze({ address, at: Object.freeze(new Date(0)) })
  const answer = { subject: 'ann', issuer: null, scopes: null, claims, authenticatedAt: null }
  app.guard.addAuthenticator({ ...keyAuthenticator(), authenticate: () => answer })
  app.get('/', { config: { access: authenticated } }, async ({ principal }) => {
    t.same(principal.claims, claims)
    t.not(principal.claims['address'], address)
    t.ok(Object.isFrozen(principal.claims['address']))
  })
  t.equal((await app.inject('/')).statusCode, 200)
  t.notOk(Object.isFrozen(address))
})

for (const [name, answer] of [
  ['returned', (error: InvalidTokenError) => error],
  ['returned with a promise', async (error: InvalidTokenError) => error]
] as const) {
  t.test(`refuses a request with an InvalidTokenError that is ${name}, and asks no other authenticator`, async (t) => {
    const app = Fastify()
    t.teardown(() => app.close())
    await app.register(guard)
    let asked = 0
    app.guard.addAuthenticator({
      ...keyAuthenticator(),
      authenticate: () => answer(new InvalidTokenError('The key is over'))
    })
    app.guard.addAuthenticator({ ...keyAuthenticator(), scheme: 'other', authenticate: () => (asked++, null) })
    app.get('/', { config: { access: everyone } }, async () => 'open')
    const { statusCode, headers } = await app.inject('/')
    t.equal(statusCode, 401)
    t.equal(headers['www-authenticate'], 'Key error="invalid_token", error_description="The key is over"')
    t.equal(asked, 0)
  })
}

t.test(
  'asks a specific authenticator first, then explicit ones, then ambient ones, in any order of registration',
  async (t) => {
    for (const order of [
      ['ambient', 'explicit', 'specific'],
      ['specific', 'explicit', 'ambient'],
      ['explicit', 'specific', 'ambient']
    ]) {
      const app = Fastify()
      t.teardown(() => app.close())
      await app.register(guard)
      const asked: string[] = []
      for (const scheme of order) {
        app.guard.addAuthenticator({
          ...keyAuthenticator({ scheme, ambient: scheme === 'ambient' }),
          specific: scheme === 'specific',
          authenticate: () => (asked.push(scheme), null)
        })
      }
      app.get('/', { config: { access: everyone } }, async () => 'items')
      await app.inject('/')
      t.same(asked, ['specific', 'explicit', 'ambient'])
    }
  }
)
